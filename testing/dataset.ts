/** The conformance suite of the family `datasets`. */

import {
  type Dataset,
  type DatasetContext,
  type DatasetPlugin,
  InputError,
  row,
} from "@countergrade/countergrade";
import { isLabel, isNumeric, labelsOn } from "@countergrade/countergrade/review";
import { type Check, check, ensure, ensureClose, ensureRejects, optionChecks } from "./check.ts";

/** What the suite works on. */
export interface DatasetFixture {
  /** Which data set to open; by default the first that `discover` finds. */
  readonly id?: string;
  /** Options as a user would give them; by default those of `discover`. */
  readonly options?: unknown;
  /** Where its files are looked for; by default no folder is. */
  readonly context?: DatasetContext;
}

/** The promises of a data set plugin. Opens one data set and reads a few images of each split. */
export function testDataset(member: DatasetPlugin, fixture: DatasetFixture = {}): Check[] {
  const context = fixture.context ?? { roots: [] };
  const open = async (): Promise<Dataset> => {
    const found = await member.discover(context);
    const item = fixture.id === undefined ? found[0] : found.find(({ id }) => id === fixture.id);
    ensure(
      item !== undefined,
      `Expected discover() to find ${fixture.id ?? "a data set"}, it found ${
        found.map(({ id }) => id)
      }`,
    );
    return await member.open(
      item.id,
      member.options.parse(fixture.options ?? item.options),
      context,
    );
  };
  let kept: Promise<Dataset> | undefined;
  const opened = () => kept ??= open();
  /** Up to four indices of a split, not in order. */
  const some = (size: number) =>
    [...new Set([size - 1, 0, size >> 1, size >> 2])].filter((i) => i >= 0 && i < size);
  const eachSplit = async (
    run: (dataset: Dataset, split: string, indices: number[]) => Promise<void>,
  ) => {
    const dataset = await opened();
    for (const [split, size] of Object.entries(dataset.splits)) {
      if (size > 0) await run(dataset, split, some(size));
    }
  };

  return [
    ...optionChecks(member.options),
    check("discover() finds it, under ids that occur once", async () => {
      const ids = (await member.discover(context)).map(({ id }) => id);
      ensure(new Set(ids).size === ids.length, `Expected ids that occur once, got ${ids}`);
      await opened();
    }),
    check("it has a training split, an image shape and a scale", async () => {
      const { splits, imageShape, scale, fingerprint } = await opened();
      ensure(
        (splits.train ?? 0) > 0,
        `Expected images in the split "train", got ${JSON.stringify(splits)}`,
      );
      ensure(
        [3, 4].includes(imageShape.length) && imageShape.every((l) => Number.isInteger(l) && l > 0),
        `Expected [c, h, w], or [c, d, h, w] of volumes, got [${imageShape}]`,
      );
      const least = isNumeric(scale) ? 1 : 2;
      ensure(scale.names.length >= least, `Expected ${least} names or more, got ${scale.names}`);
      ensure(fingerprint.length > 0, "Expected a fingerprint, got an empty string");
    }),
    check(
      "get() gives one id, image and label per index",
      () =>
        eachSplit(async (dataset, split, indices) => {
          const { ids, images, labels } = await dataset.get(split, indices);
          const shape = [indices.length, ...dataset.imageShape].join();
          ensure(
            images.shape.join() === shape && images.data instanceof Float32Array,
            `${split}: expected float32 images of shape [${shape}], got [${images.shape}]`,
          );
          ensure(
            ids.length === indices.length && new Set(ids).size === ids.length,
            `${split}: expected ids that occur once, got ${ids}`,
          );
          ensure(
            labels.constructor === labelsOn(dataset.scale, []).constructor &&
              labels.length === indices.length,
            `${split}: expected ${indices.length} labels, whole numbers unless the scale is continuous`,
          );
        }),
    ),
    check(
      "intensities lie in [-1, 1], labels on the scale",
      () =>
        eachSplit(async (dataset, split, indices) => {
          const { images, labels } = await dataset.get(split, indices);
          const odd = images.data.find((v) => !(v >= -1 && v <= 1));
          ensure(odd === undefined, `${split}: expected intensities in [-1, 1], got ${odd}`);
          const far = labels.find((l) => !isLabel(l, dataset.scale));
          ensure(
            far === undefined,
            `${split}: expected labels below ${dataset.scale.names.length}, got ${far}`,
          );
        }),
    ),
    check(
      "an image does not depend on the batch that it comes in",
      () =>
        eachSplit(async (dataset, split, indices) => {
          const whole = await dataset.get(split, indices);
          for (const [at, index] of indices.entries()) {
            const alone = await dataset.get(split, [index]);
            ensure(
              alone.ids[0] === whole.ids[at] && alone.labels[0] === whole.labels[at],
              `${split}: expected ${whole.ids[at]} at ${index}, got ${alone.ids[0]}`,
            );
            ensureClose(`${split} image ${index}`, alone.images.data, row(whole.images, at).data);
          }
        }),
    ),
    check(
      "a batch belongs to its caller: changing it changes no later one",
      () =>
        eachSplit(async (dataset, split, indices) => {
          const first = await dataset.get(split, indices);
          const before = first.images.data.slice();
          first.images.data.fill(0.123);
          first.labels.fill(0);
          ensureClose(`${split} images`, (await dataset.get(split, indices)).images.data, before);
        }),
    ),
    check(
      "opening it again gives the same fingerprint and images",
      () =>
        eachSplit(async (dataset, split, indices) => {
          const again = await open();
          ensure(
            again.fingerprint === dataset.fingerprint,
            `Expected ${dataset.fingerprint}, got ${again.fingerprint}`,
          );
          ensureClose(
            `${split} images`,
            (await again.get(split, indices)).images.data,
            (await dataset.get(split, indices)).images.data,
          );
        }),
    ),
    check(
      "columns have other names than each other, and a label on their scale for each image, or none",
      async () => {
        const { columns = [], splits } = await opened();
        const names = columns.map(({ name }) => name);
        ensure(
          new Set(names).size === names.length,
          `Expected columns of different names, got ${names}`,
        );
        for (const { name, scale, labels } of columns) {
          ensure(
            scale.names.length >= (isNumeric(scale) ? 1 : 2),
            `${name}: expected a scale with names, got ${scale.names}`,
          );
          for (const [split, size] of Object.entries(splits)) {
            const found = labels[split];
            ensure(
              found?.constructor === labelsOn(scale, []).constructor && found.length === size,
              `${name}, ${split}: expected ${size} labels, whole numbers unless the scale is continuous`,
            );
            const far = found.find((label) =>
              !isLabel(label, scale) && label !== -1 && !Number.isNaN(label)
            );
            ensure(
              far === undefined,
              `${name}, ${split}: expected labels of the scale, or −1, got ${far}`,
            );
          }
        }
      },
    ),
    check("measurements give one number per image, the same in any batch", async () => {
      const dataset = await opened();
      const { measurements = [] } = dataset;
      const names = measurements.map(({ name }) => name);
      ensure(
        new Set(names).size === names.length,
        `Expected measurements of different names, got ${names}`,
      );
      const { images } = await dataset.get("train", some(dataset.splits.train));
      for (const { name, measure } of measurements) {
        const before = images.data.slice();
        const values = measure(images);
        ensureClose(`images after measuring ${name}`, images.data, before);
        const alone = Array.from(values, (_, i) => measure(row(images, i))[0]);
        ensure(
          values.length === images.shape[0] && values.some(Number.isFinite),
          `${name}: expected ${images.shape[0]} numbers, got ${values}`,
        );
        ensureClose(`${name} of one image`, alone, values);
      }
    }),
    check("a split or an index that does not exist is refused", async () => {
      const dataset = await opened();
      await ensureRejects("split nowhere", () => dataset.get("nowhere", [0]), InputError);
      await ensureRejects("index −1", () => dataset.get("train", [-1]), InputError);
      await ensureRejects(
        "index behind the last",
        () => dataset.get("train", [dataset.splits.train]),
        InputError,
      );
    }),
  ];
}
