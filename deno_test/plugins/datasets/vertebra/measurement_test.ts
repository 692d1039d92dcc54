/** The phantom's own measurement, as any data set may offer one. */

import { tensor } from "@countergrade/countergrade";
import { assert, assertEquals } from "@std/assert";
import { openVertebra } from "../../../../plugins/datasets/vertebra/dataset.ts";

const phantom = openVertebra({ seed: 1 });
const [heightLoss] = phantom.measurements!;

Deno.test("the measured height loss stands for the grade that an image was drawn with", async () => {
  const { images, labels } = await phantom.get("val", Array.from({ length: 24 }, (_, i) => i));
  const grades = Array.from(heightLoss.measure(images), (value) => heightLoss.grade!(value));
  grades.forEach((grade, i) => assert(Math.abs(grade - labels[i]) < 0.7, `${grade} ${labels[i]}`));
  const right = grades.filter((grade, i) => Math.round(grade) === labels[i]);
  assert(right.length >= 21, `${right.length} of 24`);
});

Deno.test("where there is no body to be seen, there is no height and no grade", () => {
  const [value] = heightLoss.measure(tensor([1, 1, 64, 64], new Float32Array(64 * 64)));
  assertEquals([value, heightLoss.grade!(value)], [NaN, NaN]);
});
