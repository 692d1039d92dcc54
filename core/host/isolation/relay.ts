/**
 * The thread between a host and the process of an isolated plugin: it starts the process, passes frames on in both directions, and
 * ends it with SIGKILL. It computes nothing, so it is always there for that, also while its host stands still.
 */

import { frames, readerOf, rings } from "./frames.ts";
import { type BlockingChannel, send } from "./blocking_channel.ts";
import type { FromRelay, ToRelay } from "./messages.ts";

// The part of a worker's global scope that is used; the library for workers clashes with the one for pages.
declare const self: {
  postMessage(message: FromRelay, transfer?: Transferable[]): void;
  onmessage: ((event: MessageEvent<ToRelay>) => void) | null;
};

/** What is shown of what a plugin prints, in bytes; the rest is dropped. */
const MOST_PRINTED = 64 * 1024;
/** What is looked at for the reason of a crash, in characters. */
const LAST_WORDS = 16 * 1024;
/** How long an ended process's pipes may stay open, in ms: whatever it has started may hold them. */
const CLOSING = 500;

self.onmessage = ({ data }) => {
  if (!(data instanceof Uint8Array) && data.type === "start") relay(data);
};

async function relay(
  { command, args, megabytes, channel }: Extract<ToRelay, { type: "start" }>,
): Promise<void> {
  let child: Deno.ChildProcess;
  try {
    const piped = { stdin: "piped", stdout: "piped", stderr: "piped" } as const;
    child = new Deno.Command(command, { args: [...args], ...piped }).spawn();
  } catch (error) {
    return leave(channel, `cannot be started: ${error instanceof Error ? error.message : error}`);
  }
  const stdin = child.stdin.getWriter();
  self.onmessage = ({ data }) => {
    if (data instanceof Uint8Array) return void stdin.write(data).catch(() => {});
    if (data.type === "end") kill(child);
  };
  let why: string | undefined;
  const passed = pass(child.stdout, megabytes * 1e6, channel).catch((error) => {
    why = `sent what is no message: ${error instanceof Error ? error.message : error}`;
    kill(child);
  });
  const words = new LastWords(child.stderr);
  const { signal, code } = await child.status;
  const open = new Promise((resolve) => setTimeout(resolve, CLOSING));
  await Promise.race([Promise.all([passed, words.ended]), open]);
  const crashed = `crashed (${signal ?? `code ${code}`})`;
  leave(channel, why ?? (words.outOfMemory ? `took more than ${megabytes} MB of memory` : crashed));
}

async function pass(
  pipe: ReadableStream<Uint8Array>,
  most: number,
  channel: BlockingChannel,
): Promise<void> {
  for await (const frame of frames(readerOf(pipe), { most })) {
    if (rings(frame)) send(channel, frame);
    else self.postMessage(frame, [frame]);
  }
}

/** The last message: on the channel too, where somebody may wait. */
function leave(channel: BlockingChannel, why: string): void {
  const gone: FromRelay = { type: "gone", why };
  send(channel, gone);
  self.postMessage(gone);
}

function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch (error) {
    // It has ended by itself.
    if (!(error instanceof TypeError)) throw error;
  }
}

/** What a process prints: the beginning goes to this process's own standard error, the end may tell why it crashed. */
class LastWords {
  readonly ended: Promise<void>;
  #words = "";
  #shown = 0;

  constructor(pipe: ReadableStream<Uint8Array>) {
    this.ended = this.#read(pipe).catch(() => {});
  }

  /** Whether V8 gave up for want of memory. */
  get outOfMemory(): boolean {
    return /out of memory/i.test(this.#words);
  }

  async #read(pipe: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of pipe) {
      this.#words = (this.#words + decoder.decode(chunk, { stream: true })).slice(-LAST_WORDS);
      if (this.#shown >= MOST_PRINTED) continue;
      show(chunk.subarray(0, MOST_PRINTED - this.#shown));
      this.#shown += chunk.length;
      if (this.#shown < MOST_PRINTED) continue;
      show(new TextEncoder().encode("\n… the rest is not shown\n"));
    }
  }
}

function show(bytes: Uint8Array): void {
  try {
    Deno.stderr.writeSync(bytes);
  } catch {
    // Nobody reads it.
  }
}
