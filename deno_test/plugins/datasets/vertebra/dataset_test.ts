/** Tests of the vertebra phantom as a data set. */

import { assert, assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import {
  datasets,
  Host,
  InputError,
  NotFoundError,
  parseOptions,
} from "@countergrade/countergrade";
import { resize } from "@countergrade/countergrade/images";
import { GRADE_BANDS } from "../../../../plugins/datasets/vertebra/grade.ts";
import { openVertebra } from "../../../../plugins/datasets/vertebra/dataset.ts";
import { vertebraDataset } from "../../../../plugins/datasets/vertebra/mod.ts";

const phantom = openVertebra({ seed: 1 });

Deno.test("an image is the same whenever and beside whatever it is asked for", async () => {
  const alone = await phantom.get("val", [9]);
  const beside = await openVertebra({ seed: 1 }).get("val", [200, 9]);
  assertEquals(alone.images.data, beside.images.data.slice(64 * 64));
  assertEquals(alone.ids, [beside.ids[1]]);
});

Deno.test("splits, numbers and seeds give different images", async () => {
  const first = (await phantom.get("train", [0])).images.data;
  assertNotEquals(first, (await phantom.get("val", [0])).images.data);
  assertNotEquals(first, (await phantom.get("train", [4])).images.data);
  assertNotEquals(first, (await openVertebra({ seed: 2 }).get("train", [0])).images.data);
  assertNotEquals(phantom.drawn("train", 0), phantom.drawn("val", 0));
  assertNotEquals(phantom.fingerprint, openVertebra({ seed: 2 }).fingerprint);
});

Deno.test("the generator of version 1 draws the images that it always drew", async () => {
  // When this fails, the generator has changed: raise PHANTOM_VERSION and note the new figures.
  const { images } = await phantom.get("test", [0, 1, 2, 3]);
  const mean = images.data.reduce((sum, value) => sum + value, 0) / images.data.length;
  assertEquals(phantom.fingerprint, "vertebra-phantom/1/seed-1");
  assertEquals(mean.toFixed(5), "-0.27732");
});

Deno.test("at 128 px it shows the same patients twice as finely", async () => {
  const large = openVertebra({ seed: 1, size: 128 });
  assertEquals([large.id, large.imageShape], ["vertebra128", [1, 128, 128]]);
  assertNotEquals(large.fingerprint, phantom.fingerprint);
  const fine = (await large.get("test", [0, 1, 2, 3])).images;
  const { images } = await phantom.get("test", [0, 1, 2, 3]);
  const shrunk = resize(fine, 64, 64).data;
  const error = shrunk.reduce((sum, value, i) => sum + (value - images.data[i]) ** 2, 0);
  assert(Math.sqrt(error / shrunk.length) < 0.04, `${Math.sqrt(error / shrunk.length)}`);
  assertEquals(
    large.counterfactual("test", 2, large.drawn("test", 2).heightLoss).data.length,
    128 ** 2,
  );

  const [loss, , level] = large.measurements!.map(({ measure }) => measure(fine));
  const [, , levelOf64] = phantom.measurements!.map(({ measure }) => measure(images));
  for (let i = 0; i < 4; i++) {
    const known = large.drawn("test", i);
    assertEquals(known, phantom.drawn("test", i));
    assert(Math.abs(loss[i] - known.heightLoss) < 0.03, `${loss[i]}, drawn ${known.heightLoss}`);
    assert(Math.abs(level[i] - 2 * levelOf64[i]) < 0.6, `${level[i]}, ${levelOf64[i]}`);
  }
});

Deno.test("images lie in [-1, 1], use the range and are never flat", async () => {
  const { images } = await phantom.get("test", Array.from({ length: 40 }, (_, i) => i));
  for (let n = 0; n < 40; n++) {
    const image = images.data.subarray(n * 64 * 64, (n + 1) * 64 * 64);
    const [low, high] = [
      image.reduce((a, b) => Math.min(a, b)),
      image.reduce((a, b) => Math.max(a, b)),
    ];
    assert(low >= -1 && low < -0.4, `darkest ${low}`);
    assert(high <= 1 && high > 0.4, `brightest ${high}`);
  }
});

Deno.test("grades are balanced and are the band of the true height loss", async () => {
  const all = Array.from({ length: phantom.splits.val }, (_, i) => i);
  const { labels } = await phantom.get("val", all);
  const counts = [0, 0, 0, 0];
  for (const i of all) {
    const { grade, heightLoss, anterior, posterior } = phantom.drawn("val", i);
    counts[labels[i]]++;
    assertEquals(grade, labels[i]);
    assert(heightLoss >= GRADE_BANDS[grade] && heightLoss < GRADE_BANDS[grade + 1]);
    assert(Math.abs(1 - anterior / posterior - heightLoss) < 1e-12);
  }
  assertEquals(counts, [64, 64, 64, 64]);
});

Deno.test("poses stay within ±3 px, ±6° and ±8 %", () => {
  for (let i = 0; i < 500; i++) {
    const { pose } = phantom.drawn("train", i);
    assert(Math.abs(pose.x - 27) <= 3 && Math.abs(pose.y - 32) <= 3);
    assert(Math.abs(pose.rotation) <= 6 && Math.abs(pose.scale - 1) <= 0.08);
  }
});

Deno.test("an unknown split or index is refused with what exists", async () => {
  await assertRejects(() => phantom.get("dev", [0]), InputError, "train, val, test");
  await assertRejects(() => phantom.get("val", [256]), InputError, "0 to 255");
  await assertRejects(() => phantom.get("val", [0, -1]), InputError, "current index is -1");
  await assertRejects(() => phantom.get("val", [0.5]), InputError);
  assertThrows(() => phantom.drawn("toString", 0), InputError);
});

Deno.test("no images asked for, none given", async () => {
  const { ids, images, labels } = await phantom.get("train", []);
  assertEquals([ids.length, labels.length, images.shape], [0, 0, [0, 1, 64, 64]]);
});

Deno.test("a host finds and opens the phantom", async () => {
  await using host = await Host.boot([vertebraDataset]);
  const opened = await host.openDataset("vertebra");
  assertEquals(opened.fingerprint, phantom.fingerprint);
  assertEquals((await host.openDataset("vertebra128")).imageShape, [1, 128, 128]);
  await assertRejects(() => host.openDataset("vertebra256"), NotFoundError, "vertebra128");
  assertEquals(opened.splits, { train: 4096, val: 256, test: 512 });
  assertEquals(opened.scale.names.length, 4);
});

Deno.test("the seed is an option, anything else is refused", async () => {
  await using host = await Host.boot([vertebraDataset]);
  const member = host.member(datasets, "vertebra");
  assertEquals(parseOptions(member.options, {}, "options"), { seed: 1 });
  assertThrows(() => parseOptions(member.options, { seed: 1.5 }, "options"), InputError);
  assertThrows(() => parseOptions(member.options, { sead: 1 }, "options"), InputError);
});
