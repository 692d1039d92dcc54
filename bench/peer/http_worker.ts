/** The client in a thread of its own, so that it does not take the server's. */

import { answersPerSecond } from "./http_client.ts";

declare const self: {
  onmessage: (event: MessageEvent<Parameters<typeof answersPerSecond>>) => void;
  postMessage(message: number): void;
};

self.onmessage = async ({ data }) => self.postMessage(await answersPerSecond(...data));
