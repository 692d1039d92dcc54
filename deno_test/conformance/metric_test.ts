/** The suite of metrics catches every broken promise. */

import { Host, type MetricPlugin, metrics, type PathRecord } from "@countergrade/countergrade";
import { testMetric } from "@countergrade/countergrade/testing";
import { closenessMetric } from "../../plugins/metrics/closeness.ts";
import { assertEquals } from "@std/assert";
import { assertCatches, failures } from "./assert_catches.ts";

await using host = await Host.boot([closenessMetric]);
const sound: MetricPlugin = host.member(metrics, "closeness");
let calls = 0;

/** A sound metric that uses the models. */
const asking: MetricPlugin = {
  name: "brightness",
  description: "Mean of the first code entries of the frames, encoded once more",
  cost: "one encoding of every frame",
  async measure({ frames }: PathRecord, { encode }) {
    return { brightness: (await encode(frames)).data[0] };
  },
};

assertCatches("metrics", testMetric, sound, {
  "the description says what the figures are": { ...sound, description: "l1" },
  "measure() gives at least one figure that is finite": { ...sound, measure: () => ({ l1: NaN }) },
  "together() gives finite figures, the same again, and leaves what it sees as it is": {
    ...sound,
    together: () => ({ together: calls++ }),
  },
  "measure() gives the same figures again": { ...sound, measure: () => ({ l1: calls++ }) },
  "measure() does not change the path": {
    ...sound,
    measure(path, tools) {
      path.frames.data.sort();
      return sound.measure(path, tools);
    },
  },
  "measure() gives the same names for a path of one frame and one without change": {
    ...sound,
    measure: (path): Record<string, number> => path.lengths.length > 1 ? { steps: 1 } : {},
  },
  "a metric without a cost leaves the models alone": { ...asking, cost: undefined },
  "a metric with a cost says so in words, and stops when it is cancelled": {
    ...asking,
    measure: async (path, tools) => {
      const told = await Promise.resolve(asking.measure(path, tools)).catch(() => ({}));
      return { brightness: 0, ...told };
    },
  },
});

Deno.test("the suite of metrics passes a sound member that uses the models", async () => {
  assertEquals(await failures(testMetric(asking)), []);
});

Deno.test("a cost of no words is none", async () => {
  const [name] = await failures(testMetric({ ...asking, cost: "" }));
  assertEquals(name, "a metric with a cost says so in words, and stops when it is cancelled");
});

Deno.test("a metric without a cost may read what the probe is, but not ask it", async () => {
  const name = "a metric without a cost leaves the models alone";
  const told: MetricPlugin = {
    ...sound,
    measure: (_, { probe }) => ({ grades: probe.scale.names.length, size: probe.codeSize }),
  };
  assertEquals(await failures(testMetric(told)), []);
  const asked: MetricPlugin = {
    ...sound,
    measure: ({ codes }, { probe }) => ({ score: probe.score(codes)[0] }),
  };
  assertEquals(await failures(testMetric(asked)), [name]);
});
