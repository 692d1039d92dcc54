/** What happens to jobs where hosts are cut off, databases killed and clocks wrong; started by several_hosts.sh, in its namespaces. */

import { parseArgs } from "node:util";
import { StorageError } from "@countergrade/countergrade";
import { PostgresStore } from "@countergrade/countergrade/jobs";
import { certificatesFor } from "../../deno_test/core/jobs/postgres/certificates.ts";
import { startPostgres } from "../../deno_test/core/jobs/postgres/server.ts";
import { TINY } from "../../deno_test/chain/chain.ts";
import type { Seen } from "./host.ts";
import { messagesIn } from "../../server/jobs/worker_messages.ts";

const { values: flags } = parseArgs({ options: { steps: { type: "string", default: "400" } } });
const LEASE = 15;
console.log(`load ${(await Deno.readTextFile("/proc/loadavg")).trim()}`);
const pause = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
const folder = await Deno.makeTempDir();
let failed = 0;

/** Says a measurement and whether it is as it should be. */
function told(what: string, fine: boolean, figures = ""): void {
  console.log(`${fine ? "  " : "NO"}  ${what}${figures && `: ${figures}`}`);
  if (!fine) failed++;
}

/** A host of its own: a process in its namespace. */
class Host {
  readonly #process: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #number: number;
  #asked = 0;

  private constructor(number: number, options: object, clock?: string) {
    this.#number = number;
    const deno = [Deno.execPath(), "run", "--allow-all", "--no-check"];
    const script = new URL("./host.ts", import.meta.url).href;
    const late = clock ? ["faketime", "-f", clock] : [];
    const args = ["netns", "exec", `host${number}`, ...late, ...deno, script];
    this.#process = new Deno.Command("ip", {
      args: [...args, JSON.stringify(options)],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#input = this.#process.stdin.getWriter();
    this.#hear();
  }

  /** Starts a host and waits until it is there. */
  static async start(number: number, options: object, clock?: string): Promise<Host> {
    const home = `${folder}/host${number}`;
    const host = new Host(number, { home, rest: 1_000, ...options }, clock);
    await host.#answer(0);
    return host;
  }

  async #hear(): Promise<void> {
    type Answer = { number: number; value?: unknown; error?: string };
    for await (
      const { number, value, error } of messagesIn<Answer>(this.#process.stdout, console.error)
    ) {
      const { resolve, reject } = this.#expected(number);
      if (error) reject(new Error(`host ${this.#number}: ${error}`));
      else resolve(value);
    }
  }

  #expected(number: number): PromiseWithResolvers<unknown> {
    if (!this.#waiting.has(number)) this.#waiting.set(number, Promise.withResolvers());
    return this.#waiting.get(number)!;
  }

  #answer(number: number): Promise<unknown> {
    return this.#expected(number).promise;
  }

  async ask<Answer>(type: string, value?: unknown): Promise<Answer> {
    const number = ++this.#asked;
    const text = JSON.stringify({ type, number, value });
    await this.#input.write(new TextEncoder().encode(`${text}\n`));
    return await this.#answer(number) as Answer;
  }

  /** Pulls its cable, or puts it back. */
  async cable(state: "down" | "up"): Promise<void> {
    const args = ["link", "set", `cable${this.#number}`, state];
    await new Deno.Command("ip", { args }).spawn().status;
  }

  async end(signal: Deno.Signal = "SIGTERM"): Promise<void> {
    this.#process.kill(signal);
    await this.#process.status;
  }
}

const certificates = (await certificatesFor("database", folder))!;
await using server = (await startPostgres({ address: "10.77.0.1", port: 5432, ...certificates }))!;
const owner = await server.database("hosts");
await using store = await PostgresStore.open(owner);
await server.run(
  "hosts",
  `CREATE ROLE worker LOGIN PASSWORD 'secret';
   GRANT USAGE ON SCHEMA countergrade TO worker;
   GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA countergrade TO worker`,
);
await Deno.writeTextFile(`${folder}/password`, "secret\n");
const addressWith = (ca: string) =>
  `postgres://worker@database/hosts?ca=${ca}&password=${folder}/password`;
const address = addressWith(certificates.ca);

const other = await Deno.makeTempDir({ dir: folder });
const strange = (await certificatesFor("database", other))!.ca;
const refusal = await PostgresStore.open(addressWith(strange), { patience: 1_000 }).then(
  () => undefined,
  (error) => error,
);
told("another authority's certificate is refused", refusal instanceof StorageError);

const training = ["trainEncoder", {
  dataset: "vertebra",
  encoder: { dae: { ...TINY, steps: Number(flags.steps), checkpointEvery: 20, threads: 1 } },
}];

/** Waits until a job has told of a step. */
async function reached(id: string, step: number): Promise<void> {
  while (true) {
    const progress = (await store.events.latest(id, "progress"))?.body;
    if (progress?.type === "progress" && progress.step >= step) return;
    await pause(0.2);
  }
}

const asking = await Host.start(1, { store: address, workers: 0 });
const far = await Host.start(2, { store: address, workers: 1 }, "+10m");
const minutes = (await far.ask<number>("now") - await asking.ask<number>("now")) / 60_000;
told("one host's clock is ahead", Math.round(minutes) === 10, `${minutes.toFixed(1)} minutes`);

const peaceful = await asking.ask<string>("submit", training);
await asking.ask("watch", peaceful);
const expected = await asking.ask<Seen>("ended", peaceful);
told("a training in peace is done", expected.state === "done", `attempt ${expected.attempt}`);
told("a role without the right to make tables runs it", expected.state === "done");

/** Whether a job ended as the one in peace, once, and all of its events were seen in order. */
async function saw(host: Host, id: string, what: string, attempts: number): Promise<Seen> {
  const seen = await host.ask<Seen>("ended", id);
  told(`${what}: done`, seen.state === "done", `attempt ${seen.attempt}`);
  told(`${what}: as often begun as it should be`, seen.attempt === attempts);
  told(`${what}: bit-equal to the one in peace`, seen.outcome === expected.outcome);
  told(`${what}: all events on another server, without gaps`, seen.gapless);
  return seen;
}

{
  const id = await asking.ask<string>("submit", training);
  await asking.ask("watch", id);
  await reached(id, 60);
  const near = await Host.start(3, { store: address, workers: 1 });
  await near.ask("watch", id);
  await reached(id, 100);
  const cut = Date.now();
  await far.cable("down");
  const seen = await saw(near, id, "cut off in mid-training", 2);
  const events = await store.events.read(id, 0, 100_000);
  const again = events.find(({ body }) => body.type === "started" && body.attempt === 2)!;
  const seconds = (Date.parse(again.at) - cut) / 1_000;
  const figure = `after ${seconds.toFixed(1)} s, aim ${LEASE + 1}`;
  told("taken over within the lease and a second", seconds <= LEASE + 1, figure);
  await far.cable("up");
  await pause(LEASE);
  told("no stray event afterwards", await store.events.count(id) === events.length);
  const artifacts = (await store.jobs.get(id))!.artifacts.length;
  told("one result", artifacts === 1 && seen.state === "done", `${artifacts}`);

  const next = await asking.ask<string>("submit", training);
  await near.ask("watch", next);
  const { delay } = await saw(near, next, "back on the net", 1);
  told("every event is on another server within a second", delay <= 1, `${delay.toFixed(2)} s`);

  const last = await asking.ask<string>("submit", training);
  await near.ask("watch", last);
  await reached(last, 60);
  await server.kill();
  await pause(3);
  await server.start();
  await saw(near, last, "database killed in mid-training", 1);

  const name = await near.ask<string>("put", 1).then(() => far.ask<string>("put", 0.5));
  told("a file is there once it was put", await store.archive.has(name));
  const putting = far.ask<string>("put", 100).catch(() => undefined);
  const size = () => store.archive.list();
  await pause(0.7);
  await far.cable("down");
  await pause(1);
  const before = await Array.fromAsync(size());
  const whole = before.filter(({ size }) => size === 100e6);
  told("a file of 100 MB whose host is cut off is absent, or whole", whole.length <= 1);
  await far.end("SIGKILL");
  void putting;
  const big = await near.ask<string>("put", 100);
  const bytes = await store.archive.get(big);
  told("another host puts it", bytes?.length === 100e6 && bytes.every((b, i) => b === i % 251));
  await near.end();
}
await asking.end();
await Deno.remove(folder, { recursive: true });
console.log(failed ? `${failed} are not as they should be` : "all as it should be");
Deno.exitCode = failed ? 1 : 0;
