/** A host with a server and perhaps a worker, that does what it is told by lines on stdin: see several_hosts.ts. */

import { sha256 } from "@countergrade/countergrade/jobs";
import { Compute, type ComputeOptions } from "../../server/jobs/compute.ts";
import { messagesIn } from "../../server/jobs/worker_messages.ts";

/** What a host saw of a job. */
export interface Seen {
  readonly state: string;
  readonly attempt: number;
  /** Its artifacts, whose names follow from their content. */
  readonly outcome: string;
  readonly gapless: boolean;
  /** How long after it was written an event was here, at most, in s. */
  readonly delay: number;
}

const options: ComputeOptions = JSON.parse(Deno.args[0]);
const compute = await Compute.start(options);
const watches = new Map<string, Promise<Seen>>();

async function seen(id: string): Promise<Seen> {
  const numbers: number[] = [];
  let delay = 0;
  for await (const { number, at } of compute.watch(id)) {
    numbers.push(number);
    delay = Math.max(delay, (Date.now() - Date.parse(at)) / 1_000);
  }
  const { state, attempt, artifacts } = await compute.job(id);
  const outcome = artifacts.join();
  return { state, attempt, outcome, gapless: numbers.every((n, i) => n === i + 1), delay };
}

const asked: Record<string, (value: never) => unknown> = {
  submit: async ([task, options]: [string, object]) =>
    (await compute.submit(task, options, { fresh: true })).id,
  watch(id: string) {
    watches.set(id, seen(id));
    return id;
  },
  ended: (id: string) => watches.get(id),
  /** Puts so many MB into the store, always the same. */
  async put(megabytes: number) {
    const bytes = new Uint8Array(megabytes * 1e6).map((_, i) => i % 251);
    const name = `${sha256(bytes)}.bin`;
    await compute.workspace.store.archive!.put(name, bytes);
    return name;
  },
  now: () => Date.now(),
};

/** What a host is asked, by its number. */
interface Question {
  readonly type: string;
  readonly number: number;
  readonly value: unknown;
}

const say = (value: object) =>
  Deno.stdout.write(new TextEncoder().encode(`${JSON.stringify({ type: "answer", ...value })}\n`));
await say({ number: 0 });
for await (const { type, number, value } of messagesIn<Question>(Deno.stdin.readable, () => {})) {
  Promise.resolve(asked[type](value as never)).then(
    (value) => say({ number, value }),
    (error) => say({ number, error: String(error) }),
  );
}
Deno.exit(0);
