/** The conformance suite of the family `editors`. */

import {
  CancelledError,
  type EditContext,
  type EditorPlugin,
  InputError,
  type Latents,
  type Probe,
  Random,
  rows,
  type Target,
  tensor,
} from "@countergrade/countergrade";
import {
  type Check,
  check,
  defaultsCheck,
  ensure,
  ensureClose,
  ensureFinite,
  ensureRejects,
  optionChecks,
} from "./check.ts";
import { toyCodes } from "./toy_codes.ts";

/** What the suite works on. */
export interface EditorFixture {
  /** At least two rows. */
  readonly latents: Latents;
  /** What the edit moves along. */
  readonly probe: Probe;
  /** Of codes like those of the latents. */
  readonly statistics: EditContext["statistics"];
  /** Options as a user would give them; `{}` by default. */
  readonly options?: unknown;
  /** How far an edit may miss its target, in σ; 1e-2 by default. */
  readonly tolerance?: number;
}

/** Six toy codes with noise of 4 × 4 pixels. */
function toyFixture(): EditorFixture {
  const { codes, probe, statistics } = toyCodes();
  const noise = tensor([6, 1, 4, 4], new Random(3).normals(96));
  return { latents: { codes: rows(codes, 0, 6), noise }, probe, statistics };
}

/** The promises of an editor plugin. */
export function testEditor(member: EditorPlugin, fixture: EditorFixture = toyFixture()): Check[] {
  const { latents, probe, statistics, tolerance = 1e-2 } = fixture;
  const n = latents.codes.shape[0];
  const copy = (count = n): Latents => ({
    codes: tensor(
      [count, ...latents.codes.shape.slice(1)],
      rows(latents.codes, 0, count).data.slice(),
    ),
    noise: tensor(
      [count, ...latents.noise.shape.slice(1)],
      rows(latents.noise, 0, count).data.slice(),
    ),
  });
  const options = () => member.options.parse(fixture.options ?? {});
  const edit = (targets: Target[], from = copy(targets.length), signal?: AbortSignal) =>
    member.edit(from, probe, targets, options(), { statistics, signal });
  const scores = probe.score(latents.codes);
  /** Targets half a σ apart, below and above the present scores. */
  const spread = Array.from(scores, (score, i) => ({ score: score + (i - n / 2) / 2 }));

  return [
    ...optionChecks(member.options),
    ...(fixture.options === undefined ? [defaultsCheck(member.options)] : []),
    check("a step of zero is the identity", async () => {
      const { latents: { codes }, length } = await edit(Array.from(scores, (score) => ({ score })));
      ensureClose("codes", codes.data, latents.codes.data);
      ensureClose("length", length, scores.map(() => 0));
    }),
    check("the edited codes have the score that was asked for", async () => {
      const done = await edit(spread);
      ensureClose("targetScore", done.targetScore, spread.map(({ score }) => score), 1e-9);
      ensureClose(
        "score of the edited codes",
        probe.score(done.latents.codes),
        done.targetScore,
        tolerance,
      );
    }),
    check("the score is monotone along a path", async () => {
      const steps = 9;
      const same = copy(1);
      const path = Array.from({ length: steps }, (_, k) => ({ score: scores[0] + (k - 4) / 2 }));
      const repeated: Latents = {
        codes: tensor(
          [steps, same.codes.shape[1]],
          Array.from({ length: steps }, () => [...same.codes.data]).flat(),
        ),
        noise: tensor(
          [steps, ...same.noise.shape.slice(1)],
          Array.from({ length: steps }, () => [...same.noise.data]).flat(),
        ),
      };
      const along = probe.score((await edit(path, repeated)).latents.codes);
      ensure(
        along.every((s, k) => k === 0 || s > along[k - 1]),
        `Expected rising scores, got ${along}`,
      );
    }),
    check("grades and probabilities as targets mean their scores", async () => {
      const targets: Target[] = [{ grade: 1.2 }, { probability: 0.7 }];
      const { targetScore } = await edit(targets);
      ensureClose(
        "targetScore",
        targetScore,
        [probe.scoreAt(1.2), probe.scoreAtProbability(0.7)],
        1e-9,
      );
    }),
    check("a class as target means the score of its grade, by name and by index", async () => {
      const last = probe.scale.names.length - 1;
      const { targetScore } = await edit([{ class: probe.scale.names[last] }, { class: 0 }]);
      ensureClose("targetScore", targetScore, [probe.scoreAt(last), probe.scoreAt(0)], 1e-9);
    }),
    check("the noise stays as it is", async () => {
      const done = await edit(spread);
      ensureClose("noise", done.latents.noise.data, latents.noise.data);
      ensure(
        done.latents.noise.shape.join() === latents.noise.shape.join(),
        "Expected the noise's shape to stay",
      );
    }),
    check("edit() does not change the latents that it is given", async () => {
      const from = copy();
      await edit(spread, from);
      ensureClose("codes", from.codes.data, latents.codes.data);
      ensureClose("noise", from.noise.data, latents.noise.data);
    }),
    check("figures have one finite number per row, within their ranges", async () => {
      const done = await edit(spread);
      for (const key of ["targetScore", "length", "lengthRatio", "percentile"] as const) {
        ensure(done[key].length === n, `${key}: expected ${n} numbers, got ${done[key].length}`);
        ensureFinite(key, done[key]);
      }
      ensure(
        done.latents.codes.shape.join() === latents.codes.shape.join(),
        "Expected the codes' shape to stay",
      );
      ensure(done.length.every((l) => l >= 0), `length: expected none below 0, got ${done.length}`);
      ensure(
        done.lengthRatio.every((r) => r >= 1 - 1e-3),
        `lengthRatio: expected 1 or more, got ${done.lengthRatio}`,
      );
      ensure(
        done.percentile.every((p) => p >= 0 && p <= 100),
        `percentile: expected 0–100, got ${done.percentile}`,
      );
    }),
    check("an edit does not depend on the batch", async () => {
      const whole = await edit(spread);
      const alone = await edit(spread.slice(0, 1));
      ensureClose("codes", alone.latents.codes.data, rows(whole.latents.codes, 0, 1).data, 1e-5);
    }),
    check("the same edit twice gives the same codes", async () => {
      ensureClose(
        "codes",
        (await edit(spread)).latents.codes.data,
        (await edit(spread)).latents.codes.data,
      );
    }),
    check("a target that no score belongs to is refused", async () => {
      await ensureRejects("score NaN", () => edit([{ score: NaN }]), InputError);
      await ensureRejects("probability 1", () => edit([{ probability: 1 }]), InputError);
      await ensureRejects("no such class", () => edit([{ class: "no such class" }]), InputError);
    }),
    check("a score that the probe never has is refused", async () => {
      const low = Math.min(...scores) - 1;
      const capped: Probe = {
        ...probe,
        score: (codes) => probe.score(codes).map((score) => Math.min(score, low + 0.5)),
      };
      await ensureRejects(
        `score ${low + 9}`,
        () => member.edit(copy(1), capped, [{ score: low + 9 }], options(), { statistics }),
        InputError,
      );
    }),
    check("codes that are not finite are refused", async () => {
      for (const odd of [NaN, Infinity]) {
        const from = copy(1);
        from.codes.data[0] = odd;
        await ensureRejects(`a code with ${odd}`, () => edit([{ score: 1 }], from), InputError);
      }
    }),
    check("edit() stops when it is cancelled", async () => {
      const signal = AbortSignal.abort(new CancelledError());
      await ensureRejects("edit()", () => edit(spread, copy(), signal), CancelledError);
    }),
  ];
}
