/** A channel between two threads: one sends, the other can stand still until something comes. */

import { receiveMessageOnPort } from "node:worker_threads";

/** One end of a channel. It can be sent to a thread, with the port in the list of what is transferred. */
export interface BlockingChannel {
  readonly port: MessagePort;
  /** One number: 1 once something has been sent. */
  readonly bell: Int32Array;
}

/** The two ends of a new channel. */
export function newChannel(): [near: BlockingChannel, far: BlockingChannel] {
  const { port1, port2 } = new MessageChannel();
  const bell = new Int32Array(new SharedArrayBuffer(4));
  return [{ port: port1, bell }, { port: port2, bell }];
}

/**
 * Sends a message. Of a buffer the receiver looks at no byte: Deno's `receiveMessageOnPort` looks at every property of what else it
 * gets, in search of ports.
 */
export function send({ port, bell }: BlockingChannel, message: unknown): void {
  port.postMessage(message, message instanceof ArrayBuffer ? [message] : []);
  Atomics.store(bell, 0, 1);
  Atomics.notify(bell, 0);
}

/** The next message; the thread stands still until it comes, for `ms` at most. */
export function received({ port, bell }: BlockingChannel, ms: number): unknown {
  const take = () => receiveMessageOnPort(port as never)?.message;
  const first = take();
  if (first !== undefined) return first;
  Atomics.wait(bell, 0, 0, Math.max(0, ms));
  Atomics.store(bell, 0, 0);
  return take();
}
