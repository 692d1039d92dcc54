/** What is held stays in the pixels where the renderer bends, in a world whose brightness follows the code in a curve. */

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import type { SeenChange } from "../../../../plugins/tasks/paths/seen_change.ts";
import { lossyWorld } from "../lossy_world.ts";

interface Frame {
  readonly latentScore: number;
  readonly targetScore: number;
  readonly attempts: number;
  readonly seen: SeenChange;
}

const bent = (brightness: number) => brightness + 0.3 * brightness * brightness;
const straight = (brightness: number) => brightness;

async function framesOf(response: (brightness: number) => number): Promise<readonly Frame[]> {
  await using world = await lossyWorld(response);
  const path = { index: 1, scores: [-2, -1, 1], hold: ["brightness"] };
  return (await world.run("counterfactualPath", path)).result.frames;
}

Deno.test("where the picture follows the code in a curve, what a held attribute moved is taken back", async () => {
  for (const { seen, attempts, latentScore, targetScore } of await framesOf(bent)) {
    assert(attempts > 1, "the first frame is off");
    const [{ change }] = seen.held;
    assert(Math.abs(change!) < 0.1, `${change} σ`);
    assertAlmostEquals(latentScore, targetScore, 1e-3);
  }
});

Deno.test("a frame that keeps still by itself is rendered once", async () => {
  for (const { seen, attempts } of await framesOf(straight)) {
    assert(Math.abs(seen.held[0].change!) < 0.05);
    assertEquals(attempts, 1);
  }
});
