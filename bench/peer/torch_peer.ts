/** PyTorch as a peer: a Python process that stays alive and does what it is told, so both sides are timed in one run. */

import type { Tensor } from "@countergrade/countergrade";
import { readSafetensors, writeSafetensors } from "@countergrade/countergrade/formats";

/** One line to the peer: the name of a command of `engine_peer.py` and its arguments. */
export type PeerCommand = { readonly do: string } & Readonly<Record<string, unknown>>;

/** A running `engine_peer.py` with a temporary folder for tensors. */
export class TorchPeer implements AsyncDisposable {
  #title = "PyTorch";
  #process: Deno.ChildProcess;
  #writer: WritableStreamDefaultWriter<Uint8Array>;
  #answers: AsyncGenerator<string>;
  #folder: string;

  private constructor(
    process: Deno.ChildProcess,
    writer: WritableStreamDefaultWriter<Uint8Array>,
    answers: AsyncGenerator<string>,
    folder: string,
  ) {
    this.#process = process;
    this.#writer = writer;
    this.#answers = answers;
    this.#folder = folder;
  }

  /** Starts the peer, a script of this folder, with so many threads, or says on the console why there is none. */
  static async start(threads: number, script = "engine_peer.py"): Promise<TorchPeer | undefined> {
    const missing = await whyMissing();
    if (missing) {
      console.log(
        `Skipped: PyTorch cannot be imported (${missing}). Install python3-torch, or name a folder ` +
          "that has it in PYTHONPATH.",
      );
      return undefined;
    }
    const process = new Deno.Command("python3", {
      args: [new URL(`./${script}`, import.meta.url).pathname],
      env: { OMP_NUM_THREADS: String(threads), PYTHONDONTWRITEBYTECODE: "1" },
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const peer = new TorchPeer(
      process,
      process.stdin.getWriter(),
      linesOf(process.stdout),
      await Deno.makeTempDir(),
    );
    const { torch, python } = await peer.ask<{ torch: string; python: string }>({
      do: "hello",
      threads,
    });
    peer.#title = `PyTorch ${torch} (Python ${python})`;
    return peer;
  }

  /** What is compared with, as "PyTorch 2.13.0 (Python 3.11.7)". */
  get title(): string {
    return this.#title;
  }

  /** Sends a command and waits for its answer. @throws {Error} When the peer says so, or has ended; it says why on stderr. */
  async ask<Answer>(command: PeerCommand): Promise<Answer> {
    await this.#writer.write(new TextEncoder().encode(JSON.stringify(command) + "\n"));
    const { value, done } = await this.#answers.next();
    if (done) throw new Error(`The PyTorch peer ended at "${command.do}"`);
    const answer = JSON.parse(value);
    if (typeof answer.error === "string") throw new Error(`PyTorch failed: ${answer.error}`);
    return answer;
  }

  /** Writes tensors where the peer can read them, and returns the path. */
  async send(name: string, tensors: Iterable<[string, Tensor]>): Promise<string> {
    const path = this.pathOf(name);
    await Deno.writeFile(path, writeSafetensors(tensors));
    return path;
  }

  /** Reads tensors that the peer wrote under a name. */
  async receive(name: string): Promise<Map<string, Tensor>> {
    return readSafetensors(await Deno.readFile(this.pathOf(name))).tensors;
  }

  /** Where tensors of a name are kept. */
  pathOf(name: string): string {
    return `${this.#folder}/${name}.safetensors`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.close().catch(() => {});
    await this.#process.status;
    await this.#answers.return(undefined);
    await Deno.remove(this.#folder, { recursive: true });
  }
}

/** The last line of Python's complaint, or undefined when PyTorch is there. */
async function whyMissing(): Promise<string | undefined> {
  try {
    const { code, stderr } = await new Deno.Command("python3", {
      args: ["-c", "import torch"],
      stdin: "null",
      stdout: "null",
    }).output();
    if (code === 0) return undefined;
    return new TextDecoder().decode(stderr).trim().split("\n").at(-1) || `exit code ${code}`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "there is no python3";
    throw error;
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream() as TextStream)) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}

/** The library types ask for more than a byte stream gives. */
type TextStream = TransformStream<Uint8Array, string>;
