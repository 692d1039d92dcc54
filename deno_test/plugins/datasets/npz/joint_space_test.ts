/** The width of a knee's joint space, measured in drawings whose gap is known and in radiographs that readers have graded. */

import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { datasets, Host, type Images, Random, row, tensor } from "@countergrade/countergrade";
import { toPng } from "@countergrade/countergrade/images";
import { spearman } from "@countergrade/countergrade/review";
import { fromPng } from "../../../../core/images/image.ts";
import { npzDatasets } from "../../../../plugins/datasets/npz/mod.ts";
import { measureJointSpace } from "../../../../plugins/datasets/npz/joint_space.ts";

/** What a drawing shows; lengths in px of 64. */
interface Drawing {
  /** Gaps of the compartment on the left and on the right. */
  left: number;
  right: number;
  /** Row of the joint line. */
  level?: number;
  /** Brightness of bone and of the gap, in [-1, 1]. */
  bone?: number;
  dark?: number;
  seed?: number;
}

/** Two condyles above a plateau, with a notch between: a picture that is blurred by about a pixel, with trabeculae. */
function knee({ left, right, level = 37, bone = 0.3, dark = -0.6, seed = 1 }: Drawing): Images {
  const random = new Random(seed);
  const data = new Float32Array(64 * 64);
  for (let y = 0; y < 64; y++) {
    for (let x = 0; x < 64; x++) {
      const across = (x - 31.5) / 32;
      const gap = x < 32 ? left : right;
      const notch = Math.max(0, 1 - Math.abs(across) / 0.2) * 9;
      const plateau = level + 1.5 * Math.cos(8 * across);
      const into = Math.max(y - (plateau - gap - notch), 0) > 0
        ? Math.min(y - (plateau - gap - notch), plateau - y)
        : -1;
      const share = 1 / (1 + Math.exp(-1.8 * into));
      const inside = Math.abs(across) < 0.88 ? 1 : 0.3;
      data[y * 64 + x] = Math.max(
        -1,
        inside * (bone + (dark - bone) * share) + 0.03 * random.normal(),
      );
    }
  }
  return tensor([1, 1, 64, 64], data);
}

Deno.test("the measured width grows with the drawn gap, whatever level, brightness and noise", () => {
  const gaps = [0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4];
  const [drawn, measured]: number[][] = [[], []];
  for (const [i, level] of [33, 36, 39, 42].entries()) {
    for (const gap of gaps) {
      const { width, found } = measureJointSpace(
        knee({ left: gap, right: gap + 1, level, bone: 0.2 + 0.1 * i, seed: 10 * i + gap }),
      );
      assert(found, `gap ${gap} at ${level}`);
      drawn.push(gap);
      measured.push(width * 64);
    }
  }
  const correlation = spearman(drawn, measured);
  assert(correlation > 0.97, `Spearman ${correlation}`);
  const errors = drawn.map((gap, i) => Math.abs(gap - measured[i]));
  assert(Math.max(...errors) < 1.5, `largest error ${Math.max(...errors)} px`);
});

Deno.test("each compartment is measured by itself, the narrower one counts", () => {
  const { left, right, width } = measureJointSpace(knee({ left: 1, right: 4 }));
  assert(left < 0.6 * right, `${left} and ${right}`);
  assertEquals(width, left);
  const image = knee({ left: 1, right: 4 });
  const mirrored = tensor(
    image.shape,
    image.data.map((_, p) => image.data[p - p % 64 + 63 - p % 64]),
  );
  const other = measureJointSpace(mirrored);
  assertAlmostEquals(other.right, left, 0.004);
  assertAlmostEquals(other.left, right, 0.004);
});

Deno.test("a contrast stretched about the middle hardly changes the width", () => {
  const image = knee({ left: 3, right: 3, bone: 0.4, dark: -0.5 });
  const strong = tensor(image.shape, image.data.map((value) => 1.2 * value + 0.05));
  const [a, b] = [image, strong].map((one) => measureJointSpace(one).width);
  assertAlmostEquals(b / a, 1, 0.1);
});

Deno.test("an image of another size is measured in shares of its own height", () => {
  const small = knee({ left: 2, right: 2 });
  const large = fromPng(toPng(small, 0), [1, 128, 128]);
  assertAlmostEquals(measureJointSpace(large).width, measureJointSpace(small).width, 0.006);
});

Deno.test("a picture without a joint line is not measured", () => {
  const empty = tensor([1, 1, 64, 64], new Float32Array(64 * 64).fill(0.2));
  assertEquals(measureJointSpace(empty), { left: NaN, right: NaN, width: NaN, found: false });
  const broken = tensor([1, 1, 64, 64], new Float32Array(64 * 64).fill(NaN));
  assertEquals(measureJointSpace(broken).found, false);
  assertThrows(() => measureJointSpace(tensor([1, 1, 64, 32], new Float32Array(2048))), TypeError);
});

const folder = new URL("../../../../../shared/data/", import.meta.url);
const present = await Deno.stat(new URL("knee_kl_64.npz", folder)).then(() => true, () => false);
if (!present) console.warn("knee_kl_64.npz is absent: the comparison with readers is skipped");

Deno.test({
  name: "the width of radiographs falls with the grade that readers gave",
  ignore: !present,
  async fn() {
    await using host = await Host.boot([npzDatasets], { roots: [folder.pathname] });
    assert(host.names(datasets).includes("npz"));
    const dataset = await host.openDataset("knee_kl_64");
    const { labels, images } = await dataset.get(
      "train",
      Array.from({ length: dataset.splits.train }, (_, i) => i),
    );
    const seen = [0, 0, 0, 0, 0];
    const indices = [...labels.keys()].filter((i) => seen[labels[i]]++ < 60);
    const [measurement] = dataset.measurements!;
    assertEquals(measurement.name, "jointSpaceWidth");
    const widths = indices.map((i) => measurement.measure(row(images, i))[0]);
    assert(widths.every(Number.isFinite));
    const correlation = spearman(indices.map((i) => labels[i]), widths);
    assert(correlation < -0.55, `Spearman ${correlation}`);
  },
});
