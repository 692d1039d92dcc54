#!/bin/bash
# Three worker hosts and a database host with TLS, as network namespaces of this machine: hosts are cut off, databases killed,
# clocks go wrong. Wants root, iproute2, openssl, PostgreSQL 15 and faketime; nothing of it is seen outside.
#
#   bench/several_hosts.sh [--steps 400]
set -euo pipefail
if [ "${1:-}" != inside ]; then exec unshare --net --mount --propagation private "$0" inside "$@"; fi
shift
cd "$(dirname "$0")/.."

mkdir -p /run/netns
mount -t tmpfs none /run/netns
names=$(mktemp)
printf '127.0.0.1 localhost\n10.77.0.1 database\n' > "$names"
mount --bind "$names" /etc/hosts
rm "$names"

ip link set lo up
ip link add net type bridge
ip addr add 10.77.0.1/24 dev net
ip link set net up
for i in 1 2 3; do
  ip netns add "host$i"
  ip link add "cable$i" type veth peer name eth0 netns "host$i"
  ip link set "cable$i" master net up
  ip -n "host$i" addr add "10.77.0.1$i/24" dev eth0
  ip -n "host$i" link set eth0 up
  ip -n "host$i" link set lo up
done
exec ${DENO:-deno} run --allow-all bench/hosts/several_hosts.ts "$@"
