/** Permutation tests: what shuffled labels reach. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { CancelledError, Random } from "@countergrade/countergrade";
import { permutationP, spearman } from "@countergrade/countergrade/review";

/** p of 40 pairs whose correlation is about `strength`. */
function pOf(strength: number, seed: number, times = 199): Promise<number> {
  const random = new Random(seed);
  const labels = Float64Array.from({ length: 40 }, () => random.normal());
  const scores = labels.map((label) => strength * label + random.normal());
  return permutationP(labels, (shuffled) => spearman(scores, shuffled), random, { times });
}

Deno.test("a figure that no shuffle reaches has the least p there is, which is not 0", async () => {
  assertEquals(await pOf(9, 1), 1 / 200);
});

Deno.test("under no relation p is spread evenly: about a tenth lies below 0.1", async () => {
  const ps = await Promise.all(Array.from({ length: 100 }, (_, seed) => pOf(0, seed + 10, 99)));
  const low = ps.filter((p) => p <= 0.1).length;
  const half = ps.filter((p) => p <= 0.5).length;
  assert(low >= 3 && low <= 19, `${low} of 100 below 0.1`);
  assert(half >= 36 && half <= 64, `${half} of 100 below 0.5`);
});

Deno.test("a figure that all shuffles reach, and one that says nothing, are chance", async () => {
  const random = new Random(1);
  assertEquals(await permutationP([0, 1, 1], () => 0.7, random, { times: 9 }), 1);
  assertEquals(await permutationP([0, 1, 1], () => NaN, random, { times: 9 }), 1);
});

Deno.test("a shuffle keeps the labels, and the same seed gives the same p", async () => {
  const seen: number[][] = [];
  const p = (seed: number) =>
    permutationP(
      [3, 1, 2],
      (labels) => {
        seen.push([...labels]);
        return labels[0];
      },
      new Random(seed),
      { times: 19 },
    );
  assertEquals(await p(4), await p(4));
  for (const labels of seen) assertEquals(labels.toSorted(), [1, 2, 3]);
});

Deno.test("an aborted test ends", async () => {
  const labels = new Float64Array(50_000);
  await assertRejects(
    () =>
      permutationP(labels, () => 1, new Random(1), {
        times: 100_000,
        signal: AbortSignal.abort(new CancelledError()),
      }),
    CancelledError,
  );
});
