/** Whether the server can be reached, and whether it asks for a key. */

/// <reference lib="dom" />

import { signal } from "@preact/signals";

/** `gone`: no answer, so it is asked again and again. `locked`: it answers those with a key only. */
export const connection = signal<"here" | "gone" | "locked">("here");

/** Pauses between two attempts to reach the server, in ms. */
const [SHORTEST, LONGEST] = [400, 4000];

/** Tells that the server did not answer; from now on it is asked until it does. */
export async function lost(): Promise<void> {
  if (connection.value === "gone") return;
  connection.value = "gone";
  for (let pause = SHORTEST; connection.value === "gone"; pause = Math.min(2 * pause, LONGEST)) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    const answer = await fetch("health", { cache: "no-store" }).catch(() => undefined);
    if (answer?.ok) connection.value = "here";
  }
}

/** Resolves when the server can be asked. */
export function reachable(): Promise<void> {
  return new Promise((resolve) => {
    const stop = connection.subscribe((value) => {
      if (value !== "here") return;
      resolve();
      queueMicrotask(() => stop());
    });
  });
}

/** Trades a key for a cookie that scripts cannot read. Returns what is wrong, or nothing. */
export async function unlock(key: string): Promise<string | undefined> {
  try {
    const headers = { authorization: `Bearer ${key}` };
    const { ok, status } = await fetch("session", { method: "POST", headers });
    if (ok) connection.value = "here";
    return ok ? undefined : status === 401 ? "The server does not know this key." : REFUSED;
  } catch {
    return REFUSED;
  }
}

const REFUSED = "The server did not take the key. Try again in a moment.";
