/** Waiting for what another thread, process or page does. */

import { crowd } from "./deadline.ts";

/** How long it may take on cores of its own, in ms: what has not come about by then does not come. */
const PATIENCE = 20_000;

/** Asks every few ms until the answer is yes; fails with a sentence when it does not come. */
export async function until(
  what: () => boolean | Promise<boolean>,
  patience: number = PATIENCE * crowd(),
): Promise<void> {
  const end = performance.now() + patience;
  while (!await what()) {
    if (performance.now() > end) {
      throw new Error(`It did not come about in ${patience} ms: ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
