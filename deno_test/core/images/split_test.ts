/** Splits: patients stay together, labels are shared out. */

import { InputError, Random } from "@countergrade/countergrade";
import { stratifiedSplits } from "@countergrade/countergrade/images";
import { indicesIn } from "../../../core/images/split.ts";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";

Deno.test("indices are held to a split that there is and to the images that it has", () => {
  const dataset = { id: "knees", splits: { train: 3, val: 1 } };
  assertEquals(indicesIn(dataset, "train", [0, 2, 2]), [0, 2, 2]);
  assertEquals(indicesIn(dataset, "val", Int32Array.of(0)), [0]);
  assertEquals(indicesIn(dataset, "train", []), []);
  for (const [at, index] of [[1, 3], [0, -1], [2, 0.5], [1, NaN]]) {
    const asked = [0, 0, 0].with(at, index);
    const error = assertThrows(() => indicesIn(dataset, "train", asked), InputError);
    assertEquals(error.path, ["indices", at]);
    assertStringIncludes(error.message, `from 0 to 2 in train, one is ${index}`);
  }
  for (const split of ["test", "constructor", ""]) {
    const error = assertThrows(() => indicesIn(dataset, split, [0]), InputError);
    assertEquals(error.path, ["split"]);
    assertStringIncludes(
      error.message,
      `"knees": expected a split of train, val, it is "${split}"`,
    );
  }
});

Deno.test("shares need not add up to one, and rare labels do not all fall into one split", () => {
  const named = (count: number, label: (i: number) => number) =>
    Array.from({ length: count }, (_, i) => ({ name: `${i}.png`, label: label(i) }));
  const sizes = (splits: string[]) =>
    Object.fromEntries(["a", "b"].map((name) => [name, splits.filter((s) => s === name).length]));
  const items = named(40, () => 0);
  assertEquals(sizes(stratifiedSplits(items, new Random(0), { a: 3, b: 1 })), { a: 30, b: 10 });
  assertEquals(
    stratifiedSplits(items, new Random(0), { a: 3, b: 1 }),
    stratifiedSplits(items, new Random(0), { a: 0.75, b: 0.25 }),
  );
  // Ten labels of a single image each: what each leaves over goes to the next.
  const rare = stratifiedSplits(named(10, (i) => i), new Random(0), { a: 1, b: 1 });
  assertEquals(sizes(rare), { a: 5, b: 5 });
});

Deno.test("each patient goes where images are owed most, by as many as it has", () => {
  // One patient of six images and six of one, in an order that the seed draws.
  const items = Array.from({ length: 12 }, (_, i) => ({
    name: `${i}.png`,
    label: 0,
    patient: i < 6 ? "many" : `p${i}`,
  }));
  const sizes = Array.from({ length: 30 }, (_, seed) => {
    const splits = stratifiedSplits(items, new Random(seed), { a: 1, b: 1 });
    const many = splits.filter((split) => split === splits[0]).length;
    return { many, others: 12 - many };
  });
  // Those that come before it are shared out; all that come after it go to the other split, until it has as many.
  for (const { many, others } of sizes) assert(many >= 6 && many <= 9 && others >= 3, `${many}`);
  assert(sizes.some(({ many }) => many === 6) && sizes.some(({ many }) => many === 9));
});

Deno.test("the splits of a seed never change: what was held out stays held out", () => {
  const patients = Array.from({ length: 10 }, (_, i) => [2 * i, 2 * i + 1]);
  const items = patients.flatMap((images, i) =>
    images.map((k) => ({ name: `${k}.png`, label: k % 3, patient: `p${i}` }))
  );
  const shares = { train: 0.5, val: 0.25, test: 0.25 };
  const splits = stratifiedSplits(items, new Random(7), shares);
  const expected = [
    "test",
    "train",
    "test",
    "train",
    "val",
    "train",
    "train",
    "val",
    "train",
    "val",
  ];
  assertEquals(splits, expected.flatMap((split) => [split, split]));
});

Deno.test("a patient counts by the highest grade of all images, and is shared out by it", () => {
  // 40 patients with a mild and a severe image, 40 with mild ones only: the severe ones are shared out by themselves.
  const severe = (patient: number) => patient % 2 === 0;
  const items = Array.from({ length: 160 }, (_, i) => {
    const patient = i >> 1;
    const label = severe(patient) && i % 2 === (patient % 4 === 0 ? 0 : 1) ? 3 : 0;
    return { name: `${i}.png`, patient: `p${patient}`, label };
  });
  for (const seed of [1, 2, 3]) {
    const splits = stratifiedSplits(items, new Random(seed), { train: 0.5, test: 0.5 });
    const of = (split: string, kind: boolean) =>
      new Set(
        items.filter(({ patient }, i) =>
          splits[i] === split && severe(Number(patient.slice(1))) === kind
        ).map(({ patient }) => patient),
      ).size;
    assertEquals([of("train", true), of("test", true)], [20, 20], `seed ${seed}`);
    assertEquals([of("train", false), of("test", false)], [20, 20], `seed ${seed}`);
  }
});

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
