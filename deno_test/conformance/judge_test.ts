/** The suite of judges catches every broken promise. */

import {
  Host,
  type Judge,
  type Judged,
  type JudgePlugin,
  tensor,
} from "@countergrade/countergrade";
import { testJudge } from "@countergrade/countergrade/testing";
import { z } from "zod";
import plugin, { toyJudge } from "../toy_judge.ts";
import { assertCatches } from "./assert_catches.ts";
import { register } from "@countergrade/countergrade/testing";

await using host = await Host.boot([plugin]);
const suite = (member: JudgePlugin) => testJudge(member, { host });
const sound = toyJudge as JudgePlugin;

/** The sound judge, with something changed. */
function but(change: (judge: Judge) => Partial<Judge>): JudgePlugin {
  return {
    ...sound,
    async open(options, job) {
      const judge = await sound.open(options, job);
      return { ...judge, ...change(judge) };
    },
  };
}

/** The sound judge, whose word is changed. */
function saying(change: (told: Judged) => Partial<Judged>): JudgePlugin {
  return but((judge) => ({
    async judge(images, options) {
      const told = await judge.judge(images, options);
      return { ...told, ...change(told) };
    },
  }));
}

let calls = 0;

assertCatches("judges", suite, sound, {
  "options have a JSON schema of an object": { ...sound, options: z.string() },
  "options survive storing as JSON": {
    ...sound,
    options: z.strictObject({ at: z.date().default(new Date(0)) }),
  },
  "grades are one finite number per image": saying(({ grades }) => ({ grades: grades.slice(1) })),
  "probabilities are there where it has classes: rows from 0 to 1 with the sum 1": saying(
    ({ probabilities }) => ({ probabilities: probabilities!.map((p) => 2 * p) }),
  ),
  "the grade is what its probabilities expect": saying(({ grades }) => ({
    grades: grades.map((grade) => grade + 1),
  })),
  "features are finite numbers, as many as it says": saying(({ features }) => ({
    features: features!.slice(1),
  })),
  "its scale has as many names as it has classes": but(() => ({
    scale: { type: "ordinal", names: ["a", "b", "c"] },
  })),
  "the same images twice are judged the same": saying(({ grades }) => ({
    grades: grades.map((grade) => grade + calls++),
  })),
  "an image does not depend on the batch that it comes in": saying(({ grades }) => ({
    grades: grades.map((grade) => grade / grades.length),
  })),
  "judge() does not change its images": but((judge) => ({
    async judge(images, options) {
      const told = await judge.judge(images, options);
      images.data.fill(0);
      return told;
    },
  })),
  "images of another size are judged, or refused in words": but((judge) => ({
    judge(images, options) {
      if (images.shape[3] !== 16) throw new Error("no");
      return judge.judge(images, options);
    },
  })),
  "a cancelled call stops": but((judge) => ({ judge: (images) => judge.judge(images) })),
  "after disposal every call is refused": but(() => ({
    [Symbol.asyncDispose]: () => Promise.resolve(),
  })),
});

for (const classes of [0, 2, 5]) {
  register(
    `toy judge of ${classes} classes`,
    testJudge(sound, {
      host,
      options: { classes },
      images: tensor([2, 1, 2, 2], [1, 1, 0, 0, -1, 0, 0, 1]),
    }),
  );
}
