/** The suite of probes catches every broken promise. */

import {
  Host,
  InputError,
  type Probe,
  type ProbeClasses,
  type ProbePlugin,
  probes,
  tensor,
} from "@countergrade/countergrade";
import {
  type Check,
  ConformanceError,
  testProbe,
  toyCodes,
} from "@countergrade/countergrade/testing";
import { assertRejects } from "@std/assert";
import { z } from "zod";
import { logisticProbe } from "../../plugins/probes/logistic.ts";
import { assertCatches } from "./assert_catches.ts";

await using host = await Host.boot([logisticProbe]);
const sound = host.member(probes, "logistic") as ProbePlugin;

/** A member whose probes are changed after the fit, and after loading. */
function bending(bend: (probe: Probe) => Partial<Probe>): ProbePlugin {
  const bent = (probe: Probe): Probe => ({ ...probe, ...bend(probe) });
  return {
    ...sound,
    fit: async (...args) => bent(await sound.fit(...args)),
    load: (json) => bent(sound.load(json)),
  };
}

// Classes are asked for on a nominal scale: toy grades taken as kinds.
const { codes, labels } = toyCodes();
const kinds = {
  codes,
  labels,
  scale: { type: "nominal" as const, names: ["a", "b", "c"] },
};
const ofClasses = ({ name }: Check) => name.startsWith("class ");
const suite = (member: ProbePlugin) => [
  ...testProbe(member).filter((check) => !ofClasses(check)),
  ...testProbe(member, kinds).filter(ofClasses),
];
const classesBent = (bend: (classes: ProbeClasses) => Partial<ProbeClasses>) =>
  bending((probe) => ({ classes: { ...probe.classes!, ...bend(probe.classes!) } }));

let fits = 0;
const anyOptions = (schema: z.ZodType) => ({ ...sound, options: schema });

assertCatches("probes", suite, sound, {
  "options have a JSON schema of an object": anyOptions(z.string()),
  "options survive storing as JSON": anyOptions(
    z.object({ when: z.date().default(new Date(0)) }),
  ),
  "every option has a default": anyOptions(z.object({ c: z.number() })),
  "fit() changes neither codes nor labels": {
    ...sound,
    fit(codes, labels, ...rest) {
      codes.data[0] += 1;
      return sound.fit(codes, labels, ...rest);
    },
  },
  "fit() gives the same probe for the same seed": {
    ...sound,
    fit: (codes, labels, _options, context) =>
      sound.fit(codes, labels, { ...sound.options.parse({}) as object, c: 1 + fits++ }, context),
  },
  "the probe knows its plugin, code size and scale": bending(() => ({ plugin: "another" })),
  "results have one finite number per row, gradients the shape of the codes": bending((probe) => ({
    score: (codes) => probe.score(codes).map((s, i) => i === 5 ? NaN : s),
  })),
  "score() is higher on the severe side": bending((probe) => ({
    score: (codes) => probe.score(codes).map((s) => -s),
  })),
  "results do not depend on the batch": bending((probe) => ({
    score: (codes) => probe.score(codes).map((s) => s / codes.shape[0]),
  })),
  "the probe changes no codes that it is shown": bending((probe) => ({
    grade(codes) {
      codes.data.fill(0);
      return probe.grade(codes);
    },
  })),
  "gradient() agrees with finite differences of score()": bending((probe) => ({
    // The gradient of standardized space: the reference's fault 3.
    gradient: ({ shape, data }) =>
      tensor(shape, probe.gradient({ shape, data }).data.map((g, k) => g * (1 + k % shape[1]))),
  })),
  "scoreAt() is the inverse of grade()": bending((probe) => ({
    // A distance divided by √d at one place only: the reference's fault 1.
    scoreAt: (grade) => probe.scoreAt(grade) / Math.sqrt(6),
  })),
  "scoreAt() rises with the grade over the whole scale": bending((probe) => ({
    scoreAt: (grade) => probe.scoreAt(Math.min(grade, 1.5)),
  })),
  "scoreAtProbability() is the inverse of probability()": bending(() => ({
    scoreAtProbability: (probability) => probability,
  })),
  "class probabilities add up to 1, and log-odds go with them": classesBent((classes) => ({
    logOdds: (codes, k) => classes.logOdds(codes, k).map((f) => f / 2),
  })),
  "class gradients agree with finite differences of the log-odds": classesBent((classes) => ({
    // That of another class.
    gradient: (codes, k) => classes.gradient(codes, (k + 1) % 3),
  })),
  "how the penalty was chosen is told in full, and survives toJSON()": {
    ...sound,
    load: (json) => ({ ...sound.load(json), selection: undefined }),
  },
  "load() of toJSON() gives the same probe": {
    ...sound,
    load(json) {
      const probe = sound.load(json);
      return { ...probe, score: (codes) => probe.score(codes).map((s) => Math.fround(s)) };
    },
  },
  "fit() stops when it is cancelled": {
    ...sound,
    fit: (codes, labels, options, context) =>
      sound.fit(codes, labels, options, { ...context, signal: undefined }),
  },
  "fit() refuses codes and labels that tell nothing": {
    ...sound,
    async fit(...args) {
      try {
        return await sound.fit(...args);
      } catch (error) {
        throw error instanceof InputError ? new Error("something is wrong") : error;
      }
    },
  },
});

Deno.test("the suite refuses a probe of kinds that does not tell them apart", async () => {
  const broken = bending(() => ({ classes: undefined }));
  const { run } = testProbe(broken, kinds).find(({ name }) => name.startsWith("class prob"))!;
  await assertRejects(async () => await run(), ConformanceError, "nominal");
});
