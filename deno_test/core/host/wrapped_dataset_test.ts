/** A data set plugin that offers those of others anew: it finds the plugins before it, and never itself. */

import {
  type Dataset,
  type DatasetContext,
  datasets,
  definePlugin,
  Host,
  InputError,
  NotFoundError,
  tensor,
} from "@countergrade/countergrade";
import { checkPlugin } from "@countergrade/countergrade/testing";
import { assertEquals, assertRejects } from "@std/assert";
import { z } from "zod";

const plain: Dataset = {
  id: "plain",
  title: "Plain",
  imageShape: [1, 2, 2],
  scale: { type: "ordinal", names: ["none", "mild", "severe"] },
  splits: { train: 6, val: 3 },
  fingerprint: "plain-1",
  get: (split, indices) => {
    const all = Array.from(indices);
    if (all.some((index) => !(index >= 0 && index < (plain.splits[split] ?? 0)))) {
      return Promise.reject(new InputError(`Cannot get images of "${split}": out of range`));
    }
    return Promise.resolve({
      ids: all.map((index) => `${index}`),
      images: tensor(
        [all.length, 1, 2, 2],
        all.flatMap((index) => [index, 0, 0, 1].map((v) => v / 9)),
      ),
      labels: Int32Array.from(all, (index) => index % 3),
    });
  },
};

const first = definePlugin({
  id: "first",
  version: "1.0.0",
  apiVersion: "^1",
  setup: (registry) =>
    registry.add(datasets, {
      name: "plain",
      description: "One data set",
      options: z.object({}),
      discover: () => Promise.resolve([{ id: "plain", title: "Plain", options: {} }]),
      open: () => Promise.resolve(plain),
    }),
});

/** Asks of every data set whether it is severe. */
const relabeled = definePlugin({
  id: "relabeled",
  version: "1.0.0",
  apiVersion: "^1",
  setup: (registry) =>
    registry.add(datasets, {
      name: "severe",
      description: "Yes or no: is it severe?",
      options: z.object({ of: z.string() }),
      discover: async ({ host }: DatasetContext) =>
        (await host!.discoverDatasets()).map(({ id, title }) => ({
          id: `${id}-severe`,
          title: `${title}, severe or not`,
          options: { of: id },
        })),
      async open(id, { of }, { host }) {
        const inner = await host!.openDataset(of);
        return {
          ...inner,
          id,
          scale: { type: "binary", names: ["no", "yes"] },
          fingerprint: `${inner.fingerprint} severe`,
          async get(split, indices) {
            const batch = await inner.get(split, indices);
            return {
              ...batch,
              labels: Int32Array.from(batch.labels, (label) => label === 2 ? 1 : 0),
            };
          },
        };
      },
    }),
});

Deno.test("a plugin offers the data sets of those before it anew, with other labels", async () => {
  await using host = await Host.boot([first, relabeled]);
  assertEquals((await host.discoverDatasets()).map(({ id }) => id), ["plain", "plain-severe"]);
  const opened = await host.openDataset("plain-severe");
  assertEquals([...(await opened.get("train", [0, 1, 2, 5])).labels], [0, 0, 1, 1]);
  const reports = await checkPlugin(relabeled, host);
  const failed = reports.flatMap(({ outcomes }) =>
    outcomes.filter(({ outcome }) => outcome !== "passed")
  );
  assertEquals(failed, []);
});

Deno.test("it does not find itself, nor what comes later", async () => {
  await using host = await Host.boot([relabeled, first]);
  assertEquals((await host.discoverDatasets()).map(({ id }) => id), ["plain"]);
  const { host: own } = host.contextOf("severe");
  await assertRejects(() => own!.openDataset("plain"), NotFoundError);
  assertEquals(await own!.datasetVersion("plain"), "");
});
