#!/usr/bin/env bash
# Measures on a machine with a GPU, which may have no network:
#
#   bench/gpu.sh --pack DIR [DATA]  where there is a network: what the other machine may lack goes into DIR: Deno, the packages,
#                                   a Vulkan loader, and knees from DATA/knee_kl_64.npz
#   bench/gpu.sh [FLAGS]            there: unpacks ./luggage (or $LUGGAGE) as far as it is needed and runs bench/gpu.ts: torch:cuda
#                                   on the PyTorch that is installed, then webgpu, within four minutes (--minutes)
#   bench/gpu.sh --rehearse         anywhere: the same with a tiny network, on Chromium's software driver if there is no GPU
#
# Results are written to $OUT (default runs/gpu): gpu.json, table.md, and the trained weights. Every step says what it found;
# the next goes on when one fails.
set -uo pipefail
cd "$(dirname "$0")/.."
luggage=${LUGGAGE:-luggage}

if [ "${1:-}" = --pack ]; then
  folder=${2:?"where to: bench/gpu.sh --pack DIR [DATA]"}
  mkdir -p "$folder" && set -e
  # The file itself, where a package manager has put a script in front of it.
  xz -T0 -9 -c "$(deno eval 'console.log(Deno.execPath())')" >"$folder/deno.xz"
  tar -cJf "$folder/node_modules.tar.xz" --exclude='napi-v*/darwin' --exclude='napi-v*/win32' \
    --exclude='linux/arm64' --exclude='playwright-core*/node_modules/playwright-core/*' node_modules
  (cd "$folder" && apt-get download libvulkan1) >/dev/null 2>&1 || echo "No Vulkan loader was packed: apt-get cannot download libvulkan1"
  [ -z "${3:-}" ] || deno run -A bench/gpu/pack_knees.ts "$3" "$folder"
  ls -l "$folder"
  exit 0
fi

out=${OUT:-runs/gpu}
mkdir -p "$out"
found() { printf '%-9s %s\n' "$1:" "$2"; }

if ! ldconfig -p 2>/dev/null | grep -q libvulkan.so.1; then
  # Its library alone, beside the others of this run: nothing of the system is replaced.
  for deb in "$luggage"/libvulkan1*.deb; do
    [ -e "$deb" ] && dpkg -x "$deb" "$luggage/vulkan"
  done
  library=$(find "$luggage/vulkan" -name libvulkan.so.1 2>/dev/null | head -n 1)
  [ -n "$library" ] && export LD_LIBRARY_PATH="$(cd "$(dirname "$library")" && pwd):${LD_LIBRARY_PATH:-}"
fi
ldconfig -p 2>/dev/null | grep -q libvulkan.so.1 || [ -n "${library:-}" ] || echo "There is no Vulkan loader: WebGPU cannot start"

if ! command -v deno >/dev/null && [ -e "$luggage/deno.xz" ]; then
  mkdir -p "$luggage/bin"
  [ -e "$luggage/bin/deno" ] || { xz -dc "$luggage/deno.xz" >"$luggage/bin/deno" && chmod +x "$luggage/bin/deno"; }
  export PATH="$(cd "$luggage/bin" && pwd):$PATH"
fi
[ -e node_modules ] || { [ -e "$luggage/node_modules.tar.xz" ] && tar -xJf "$luggage/node_modules.tar.xz"; }
command -v deno >/dev/null || { echo "There is no Deno, neither installed nor in $luggage/deno.xz"; exit 1; }

# The executor runs on the library of the PyTorch that Python would import.
if [ -z "${COUNTERGRADE_TORCH:-}" ]; then
  spec='import importlib.util as u; s = u.find_spec("torch"); print(s.submodule_search_locations[0] if s else "")'
  COUNTERGRADE_TORCH=$(python3 -c "$spec" 2>/dev/null || true)
fi
export COUNTERGRADE_TORCH

found deno "$(deno --version | head -n 1)"
found GPU "$(nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader 2>/dev/null || echo 'nvidia-smi finds none')"
found PyTorch "$(sed -n "s/^__version__ = '\(.*\)'/\1/p" "$COUNTERGRADE_TORCH/version.py" 2>/dev/null || true) ${COUNTERGRADE_TORCH:-no installed one}"
found Vulkan "$(vulkaninfo --summary 2>/dev/null | sed -n 's/.*deviceName *= //p' | paste -sd, | sed 's/^$/no vulkaninfo/')"

# Without it Mesa's drivers complain about a display that nobody asked for.
export XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-/tmp}

# Rehearsed without a GPU, the driver in software stands in for it, and PyTorch's threads do not wait busily for each other.
[ "${1:-}" = --rehearse ] && export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}
swiftshader=/usr/lib/chromium/vk_swiftshader_icd.json
if [ "${1:-}" = --rehearse ] && ! nvidia-smi >/dev/null 2>&1 && [ -e "$swiftshader" ]; then
  export VK_ICD_FILENAMES=${VK_ICD_FILENAMES:-$swiftshader}
fi
# "manual": node_modules is taken as it is; Deno would ask the registry about packages that it has not installed itself.
OUT="$out" LUGGAGE="$luggage" deno run --allow-all --no-lock --no-check --cached-only --node-modules-dir=manual bench/gpu.ts "$@"
