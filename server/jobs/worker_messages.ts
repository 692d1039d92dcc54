/** What a worker process and whoever has started it say to each other: one JSON object a line. */

import type { JobError } from "@countergrade/countergrade/jobs";
import type { ComputeSetup } from "./compute_messages.ts";
import type { Limits } from "./crew.ts";

/** To the process. `start` comes first; the end of the stream is as `stop`. */
export type ToProcess =
  | {
    type: "start";
    setup: ComputeSetup;
    limits: Limits;
    /** Whether others come first where cores are few. */
    polite: boolean;
    /** How long a job rests after its second crash, in ms. */
    rest?: number;
  }
  | { type: "wake" }
  | { type: "cancel"; job: string }
  | { type: "stop"; deadline: number };

/** From the process. */
export type FromProcess =
  /** Its name in the queue. */
  | { type: "ready"; owner: string }
  | { type: "unfit"; error: JobError }
  /** A job has new events. */
  | { type: "news"; job: string }
  /** It computes and cannot stop; its job has been given up. */
  | { type: "stuck" };

/** The messages of a stream. A line that is none, as of a library that prints, goes to `odd`. */
export async function* messagesIn<Message>(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  odd: (line: string) => void,
): AsyncGenerator<Message> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      const message = parsed<Message>(line);
      if (message) yield message;
      else odd(line);
    }
  }
}

/** A message as a line. */
export function lineOf(message: ToProcess | FromProcess): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${JSON.stringify(message)}\n`);
}

function parsed<Message>(line: string): Message | undefined {
  try {
    const value = JSON.parse(line);
    return typeof value?.type === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}
