/** Evidence: a probe that tells nothing says so, with a held-out split and without one. */

import { assert, assertEquals } from "@std/assert";
import { Host, type JobContext, probes, Random } from "@countergrade/countergrade";
import { builtins } from "@countergrade/countergrade/plugins";
import { memoryJob, toyCodes } from "@countergrade/countergrade/testing";
import {
  chanceByFolds,
  chanceOf,
  chanceWarning,
} from "../../../../plugins/tasks/probes/evidence.ts";

await using host = await Host.boot(builtins);
const member = host.member(probes, "logistic");
const options = member.options.parse({});
const { codes, labels, scale } = toyCodes(120);
const shuffled = new Random(7).permutation(labels.length);
const anybody = labels.map((_, i) => labels[shuffled[i]]);

/** A job that draws by a seed. */
function job(seed: number): JobContext {
  return { ...memoryJob(host), random: new Random(seed) };
}

const context = () => ({ scale, threshold: 1, random: new Random(3) });

Deno.test("a probe of true grades tells more than chance on images that it has not seen", async () => {
  const probe = await member.fit(codes, labels, options, context());
  const held = toyCodes(60, 6, 2);
  const chance = await chanceOf(probe, { ...held, split: "val" }, job(1));
  assertEquals([chance.figure, chance.images, chance.measuredOn], ["spearman", 60, "val"]);
  assertEquals(chance.p, 0.001);
  assertEquals(chanceWarning({ chance }), undefined);
});

Deno.test("by folds, true grades are told and shuffled ones are not", async () => {
  const probe = await member.fit(codes, labels, options, context());
  const good = await chanceByFolds(member, options, { codes, labels }, probe, 1, job(1));
  assertEquals([good?.p, good?.measuredOn], [0.001, "folds"]);
  let refused = 0;
  for (let seed = 0; seed < 5; seed++) {
    const order = new Random(seed).fork("labels").permutation(labels.length);
    const mixed = labels.map((_, i) => labels[order[i]]);
    const bad = await chanceByFolds(member, options, { codes, labels: mixed }, probe, 1, job(seed));
    if (chanceWarning({ chance: bad })) refused++;
  }
  assert(refused >= 4, `${refused} of 5 shuffled sets were refused`);
});

Deno.test("the warning of a probe of shuffled labels says how often shuffles do as well", async () => {
  const probe = await member.fit(codes, labels, options, context());
  const chance = await chanceOf(probe, { codes, labels: anybody, split: "val" }, job(1));
  assert(chance.p > 0.05, `p ${chance.p}`);
  const text = chanceWarning({ chance })!;
  assert(text.startsWith("This probe tells nothing"), text);
  assert(text.includes("on 120 images of val"), text);
});

Deno.test("the fewer images, the more shuffles may do as well", () => {
  const told = (images: number, p: number) =>
    chanceWarning({ chance: { p, images, figure: "spearman", value: 0.2, measuredOn: "val" } });
  for (const [images, p] of [[100, 0.001], [99, 0.01], [20, 0.01], [19, 0.05]]) {
    assertEquals(told(images, p), undefined);
    assert(told(images, p + 0.001), `${images} images, p ${p + 0.001}`);
  }
});
