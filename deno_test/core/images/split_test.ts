/** Splits: patients stay together, labels are shared out. */

import { Random } from "@countergrade/countergrade";
import { stratifiedSplits } from "@countergrade/countergrade/images";
import { assert, assertEquals } from "@std/assert";

const items = Array.from({ length: 1000 }, (_, i) => ({
  name: `${i}.png`,
  label: Math.floor(i / 2) % 10 === 0 ? 1 : 0,
  patient: `p${Math.floor(i / 2)}`,
}));

Deno.test("no patient is in two splits", () => {
  const splits = stratifiedSplits(items, new Random(1));
  const homes = new Map<string, string>();
  items.forEach(({ patient }, i) => {
    assertEquals(homes.get(patient) ?? splits[i], splits[i]);
    homes.set(patient, splits[i]);
  });
});

Deno.test("every split has its share of every label", () => {
  const splits = stratifiedSplits(items, new Random(2));
  for (const [name, share] of [["train", 0.8], ["val", 0.1], ["test", 0.1]] as const) {
    for (const label of [0, 1]) {
      const all = items.filter((item) => item.label === label).length;
      const here = items.filter((item, i) => item.label === label && splits[i] === name).length;
      assert(Math.abs(here - share * all) <= 2, `${name}, ${label}: ${here} of ${all}`);
    }
  }
});

Deno.test("the same seed and images give the same splits, in whatever order they come", () => {
  const splits = stratifiedSplits(items, new Random(3));
  const turned = stratifiedSplits(items.toReversed(), new Random(3)).reverse();
  assertEquals(turned, splits);
  assert(stratifiedSplits(items, new Random(4)).join() !== splits.join());
});

Deno.test("few images come to train first, and a share of nothing stays empty", () => {
  assertEquals(stratifiedSplits(items.slice(0, 1), new Random(0)), ["train"]);
  const none = stratifiedSplits(items, new Random(0), { train: 1, val: 0, test: 0 });
  assertEquals(new Set(none), new Set(["train"]));
  assertEquals(stratifiedSplits([], new Random(0)), []);
});
