/** The closed loop by a judge: goals in its words, and scores asked for until they are met. */

import { InputError, type Judge } from "@countergrade/countergrade";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  judgeGoal,
  type JudgeTrial,
  missOf,
  nextAsked,
} from "../../../../plugins/tasks/paths/judge_loop.ts";
import type { Witness } from "../../../../plugins/tasks/judges/witness.ts";

const scale = { type: "ordinal" as const, names: ["0", "1", "2", "3", "4"] };
const witness = (classes: number | undefined, graded: boolean) =>
  ({
    graded,
    judge: { classes } as Judge,
    question: { scale, threshold: 2 },
    threshold: 2,
  }) as unknown as Witness;
const logit = (p: number) => Math.log(p / (1 - p));

Deno.test("a grade is met in the judge's own grades; beyond the ends of the scale there is nothing", () => {
  const goal = (grade: number) => judgeGoal({ grade }, grade, witness(5, true), 0.25, 0);
  assertEquals(goal(3), { unit: "grade", aim: 3, low: 2.75, high: 3.25 });
  assertEquals([goal(0).low, goal(4).high], [-Infinity, Infinity]);
  assertEquals([missOf(goal(3), 3.2), missOf(goal(3), 2.5), missOf(goal(4), 9)], [0, 0.25, 0]);
});

Deno.test("of a yes or no a grade is a side: just across, unless the picture is there already", () => {
  const up = judgeGoal({ grade: 3 }, 3, witness(2, false), 0.25, -2);
  assertAlmostEquals(up.aim, logit(0.6), 1e-12);
  assertEquals([missOf(up, logit(0.55)), missOf(up, logit(0.7))], [0, 0]);
  assert(missOf(up, logit(0.9)) > 0, "that is more change than it takes");
  assert(missOf(up, -0.01) > missOf(up, 30), "the wrong side is worse than too far");
  const stay = judgeGoal({ grade: 3 }, 3, witness(2, false), 0.25, 2);
  assertEquals(missOf(stay, 30), 0);
  const down = judgeGoal({ grade: 1 }, 1, witness(2, false), 0.25, 2);
  assertEquals([missOf(down, logit(0.4)), missOf(down, logit(0.4) * 5) > 0], [0, true]);
});

Deno.test("a probability is met on its own side of the middle", () => {
  const goal = judgeGoal({ probability: 0.6 }, 0, witness(2, false), 0.25, -2);
  assertEquals(missOf(goal, logit(0.84)), 0);
  assert(missOf(goal, logit(0.45)) > 1);
});

Deno.test("what a judge has no word for is refused", () => {
  const cases: [() => unknown, string][] = [
    [() => judgeGoal({ score: 1 }, 1, witness(2, false), 0.25, 0), "a judge has no scores"],
    [
      () => judgeGoal({ probability: 0.5 }, 1, witness(undefined, true), 0.25, 0),
      "it tells no probabilities",
    ],
  ];
  for (const [run, words] of cases) assertThrows(run, InputError, words);
});

Deno.test("whatever a rising judge says, few requests lead to the aim", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.3, max: 12, noNaN: true }),
      fc.double({ min: -2, max: 2, noNaN: true }),
      fc.double({ min: -0.3, max: 0.3, noNaN: true }),
      (slope, shift, bend) => {
        // Log-odds that rise with the score, not on a line.
        const judge = (score: number) => slope * (score - shift + bend * Math.sin(2 * score));
        const goal = judgeGoal({ grade: 3 }, 3, witness(2, false), 0.25, -1);
        const trials: JudgeTrial[] = [-3, 1].map((asked) => ({ asked, shown: judge(asked) }));
        let requests = 0;
        while (missOf(goal, trials.at(-1)!.shown) > 0 && requests < 10) {
          const asked = nextAsked(goal, trials, [-6, 6], 0.5);
          trials.push({ asked, shown: judge(asked) });
          requests++;
        }
        assert(requests < 10, JSON.stringify(trials));
      },
    ),
  );
});

Deno.test("a judge who says less again farther out is led back, to where he first says it", () => {
  const goal = judgeGoal({ grade: 3 }, 3, witness(5, true), 0.25, -1);
  const judge = (x: number) =>
    x < 1.2 ? 0.4 + 0.3 * x : x < 2 ? 0.76 + 4 * (x - 1.2) : 4 - 0.03 * x;
  const trials = [0, 1.03].map((asked) => ({ asked, shown: judge(asked) }));
  for (let request = 0; request < 6 && missOf(goal, trials.at(-1)!.shown) > 0; request++) {
    const asked = nextAsked(goal, trials, [-6, 6], 0.2);
    trials.push({ asked, shown: judge(asked) });
  }
  assertEquals(missOf(goal, trials.at(-1)!.shown), 0, JSON.stringify(trials));
});

Deno.test("nothing is asked for beyond the bounds, nor far beyond what was tried", () => {
  const goal = judgeGoal({ grade: 3 }, 3, witness(2, false), 0.25, -1);
  const flat = [{ asked: 0, shown: -5 }, { asked: 1, shown: -4.999 }];
  assertEquals(nextAsked(goal, flat, [-6, 6], 0.5), 3);
  assertEquals(nextAsked(goal, flat, [-6, 2], 0.5), 2);
  assertEquals(nextAsked(goal, flat, [-6, 6], 3), 4);
  // Where it falls, the way goes on away from the start.
  const falling = [{ asked: 0, shown: -1 }, { asked: 1, shown: -2 }];
  assertEquals(nextAsked(goal, falling, [-6, 6], 0.5), 3);
});
