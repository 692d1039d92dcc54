/** A PostgreSQL server of a test's own, on a socket in a folder of its own; undefined where none is installed, or may be started. */

import postgres from "postgres";
import { until } from "../../../until.ts";

/** A running server. */
export interface PostgresServer extends AsyncDisposable {
  /** The folder of its socket, as in an address. */
  readonly socket: string;
  /** The address of a new, empty database; `user` is the one that connects, by default the superuser. */
  database(name: string, user?: string): Promise<string>;
  /** Runs statements as the superuser; the rows of the last. */
  run(database: string, sql: string): Promise<Record<string, unknown>[]>;
  /** As `kill -9` of all of it. */
  kill(): Promise<void>;
  start(): Promise<void>;
}

/** How a server is reached over the network. */
export interface Reachable {
  /** The address that it listens on. */
  readonly address: string;
  readonly port: number;
  /** Its certificate and key, as files. */
  readonly certificate: string;
  readonly key: string;
}

/** What the system has taken is there after `kill -9`, too: to wait for the disk would only help against a loss of power. */
const SETTINGS = ["max_connections=60", "fsync=off"];

/** Where Debian and others have it. */
async function programs(): Promise<string | undefined> {
  const folders = [];
  try {
    for await (const { name } of Deno.readDir("/usr/lib/postgresql")) folders.push(name);
  } catch {
    return undefined;
  }
  const newest = folders.sort((a, b) => Number(b) - Number(a))[0];
  return newest && Number(newest) >= 15 ? `/usr/lib/postgresql/${newest}/bin` : undefined;
}

/** The user whom it runs as: it refuses to be root's. */
async function account(): Promise<{ uid: number; gid: number } | undefined> {
  if (Deno.uid() !== 0) return { uid: Deno.uid()!, gid: Deno.gid()! };
  const passwd = await Deno.readTextFile("/etc/passwd");
  const [, uid, gid] = /^postgres:[^:]*:(\d+):(\d+):/m.exec(passwd) ?? [];
  return uid ? { uid: Number(uid), gid: Number(gid) } : undefined;
}

/** Makes and starts a server; over the network it speaks TLS alone, and wants passwords. */
export async function startPostgres(at?: Reachable): Promise<PostgresServer | undefined> {
  const [bin, who] = [await programs(), Deno.build.os === "linux" ? await account() : undefined];
  if (!bin || !who) return undefined;
  const folder = await Deno.makeTempDir();
  await Deno.chown(folder, who.uid, who.gid);
  const data = `${folder}/data`;
  const silent = { ...who, cwd: folder, stdout: "null", stderr: "null" } as const;
  const made = await new Deno.Command(`${bin}/initdb`, {
    args: ["-D", data, "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8", "--locale=C"],
    ...silent,
  }).output();
  if (!made.success) throw new Error("initdb failed");
  const settings = [...SETTINGS, `listen_addresses=${at?.address ?? ""}`];
  if (at) {
    for (const [name, file] of [["server.crt", at.certificate], ["server.key", at.key]]) {
      await Deno.copyFile(file, `${data}/${name}`);
      await Deno.chown(`${data}/${name}`, who.uid, who.gid);
      await Deno.chmod(`${data}/${name}`, 0o600);
    }
    const rules = "local all all trust\nhostssl all all all scram-sha-256\n";
    await Deno.writeTextFile(`${data}/pg_hba.conf`, rules);
    settings.push("ssl=on", `port=${at.port}`);
  }
  let server: Deno.ChildProcess;
  const connect = (database: string) =>
    postgres({
      host: folder,
      port: at?.port,
      username: "postgres",
      database,
      max: 1,
      onnotice: () => {},
    });
  const run = async (database: string, sql: string) => {
    const connection = connect(database);
    try {
      return [...await connection.unsafe(sql)];
    } finally {
      await connection.end();
    }
  };
  const start = async () => {
    server = new Deno.Command(`${bin}/postgres`, {
      args: ["-D", data, "-k", folder, ...settings.flatMap((setting) => ["-c", setting])],
      ...silent,
    }).spawn();
    await until(() => run("postgres", "SELECT 1").then(() => true, () => false));
  };
  const end = async (signal: Deno.Signal) => {
    server.kill(signal);
    await server.status;
  };
  await start();
  return {
    socket: folder,
    async database(name, user = "postgres") {
      await run("postgres", `CREATE DATABASE ${name}`);
      return `postgres://${user}@${encodeURIComponent(folder)}:${at?.port ?? 5432}/${name}`;
    },
    run,
    kill: () => end("SIGKILL"),
    start,
    async [Symbol.asyncDispose]() {
      await end("SIGQUIT");
      await Deno.remove(folder, { recursive: true });
    },
  };
}
