/** The conformance suite of the family `probes`. */

import {
  CancelledError,
  type Codes,
  type FitContext,
  InputError,
  type Labels,
  type Probe,
  type ProbePlugin,
  Random,
  row,
  rows,
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
import { type ToyCodes, toyCodes } from "./toy_codes.ts";

/** What the suite works on; codes and labels of your own must have at least two grades. */
export interface ProbeFixture extends Pick<ToyCodes, "codes" | "scale"> {
  /** `[n]`, as the scale has them. */
  readonly labels: Labels;
  /** Options as a user would give them; `{}` by default. */
  readonly options?: unknown;
  /** 1 by default. */
  readonly threshold?: number;
}

/**
 * The promises of a probe plugin.
 *
 * @example
 * ```ts ignore
 * import { register, testProbe } from "@countergrade/countergrade/testing";
 * import { myProbe } from "./my_probe.ts";
 *
 * register("my probe", testProbe(myProbe));
 * ```
 */
export function testProbe(member: ProbePlugin, fixture: ProbeFixture = toyCodes()): Check[] {
  const { codes, labels, scale, threshold = 1 } = fixture;
  const [n, d] = codes.shape;
  const context = (signal?: AbortSignal): FitContext => ({
    scale,
    threshold,
    random: new Random(7),
    signal,
  });
  const options = () => member.options.parse(fixture.options ?? {});
  const copy = () => tensor(codes.shape, codes.data.slice());
  const severe = Array.from(
    labels,
    (label) => scale.type === "nominal" ? label === threshold : label >= threshold,
  );
  const fit = () => member.fit(copy(), labels.slice(), options(), context());
  let kept: Promise<Probe> | undefined;
  const fitted = () => kept ??= fit();

  return [
    ...optionChecks(member.options),
    ...(fixture.options === undefined ? [defaultsCheck(member.options)] : []),
    check("fit() changes neither codes nor labels", async () => {
      const [c, l] = [copy(), labels.slice()];
      await member.fit(c, l, options(), context());
      ensureClose("codes after fit()", c.data, codes.data);
      ensureClose("labels after fit()", l, labels);
    }),
    check("fit() gives the same probe for the same seed", async () => {
      const [a, b] = [JSON.stringify(await fit()), JSON.stringify(await fit())];
      ensure(a === b, "Expected the same JSON twice, the second fit gave another");
    }),
    check("the probe knows its plugin, code size and scale", async () => {
      const probe = await fitted();
      ensure(
        probe.plugin === member.name,
        `Expected plugin "${member.name}", got "${probe.plugin}"`,
      );
      ensure(probe.codeSize === d, `Expected code size ${d}, got ${probe.codeSize}`);
      ensure(
        probe.scale.names.length === scale.names.length,
        "Expected the scale that it was given",
      );
    }),
    check("results have one finite number per row, gradients the shape of the codes", async () => {
      const probe = await fitted();
      for (const part of [codes, rows(codes, 0, 1), rows(codes, 0, 0)]) {
        for (const method of ["score", "probability", "grade"] as const) {
          const values = probe[method](part);
          ensure(values instanceof Float64Array, `${method}(): expected a Float64Array`);
          ensure(
            values.length === part.shape[0],
            `${method}(): expected ${part.shape[0]} numbers, got ${values.length}`,
          );
          ensureFinite(`${method}()`, values);
        }
        const { shape, data } = probe.gradient(part);
        ensure(
          data instanceof Float32Array && shape.join() === part.shape.join() &&
            data.length === part.data.length,
          `gradient(): expected float32 of shape [${part.shape}], got [${shape}]`,
        );
        ensureFinite("gradient()", data);
      }
      const odd = probe.probability(codes).find((p) => p < 0 || p > 1);
      ensure(odd === undefined, `probability(): expected numbers from 0 to 1, got ${odd}`);
    }),
    check("score() is higher on the severe side", async () => {
      const scores = (await fitted()).score(codes);
      const mean = (side: boolean) => {
        const part = scores.filter((_, i) => severe[i] === side);
        return part.reduce((sum, score) => sum + score, 0) / part.length;
      };
      ensure(mean(true) > mean(false), `Expected more than ${mean(false)}, got ${mean(true)}`);
    }),
    check("results do not depend on the batch", async () => {
      const probe = await fitted();
      for (const method of ["score", "probability", "grade"] as const) {
        const whole = probe[method](codes);
        for (const i of [0, 1, n - 1]) {
          ensureClose(
            `${method}() of row ${i} alone`,
            probe[method](row(codes, i)),
            [whole[i]],
            1e-9,
          );
        }
      }
    }),
    check("the probe changes no codes that it is shown", async () => {
      const probe = await fitted();
      const seen = copy();
      probe.score(seen);
      probe.gradient(seen);
      probe.probability(seen);
      probe.grade(seen);
      ensureClose("codes", seen.data, codes.data);
    }),
    check("gradient() agrees with finite differences of score()", async () => {
      const probe = await fitted();
      for (const i of [0, n - 1]) {
        const code = codes.data.slice(i * d, (i + 1) * d);
        checkGradient("", (z) => probe.score(z)[0], (z) => probe.gradient(z), code, spread());
      }
    }),
    check("scoreAt() is the inverse of grade()", async () => {
      const probe = await fitted();
      const scores = probe.score(codes);
      ensureClose(
        "scoreAt(grade)",
        Array.from(probe.grade(codes), (g) => probe.scoreAt(g)),
        scores,
        1e-5,
      );
    }),
    check("scoreAt() rises with the grade over the whole scale", async () => {
      const probe = await fitted();
      const [bottom, top] = scale.type === "continuous"
        ? [Math.min(...labels), Math.max(...labels)]
        : [0, scale.names.length - 1];
      const path = Array.from(
        { length: 21 },
        (_, k) => probe.scoreAt(bottom + k / 20 * (top - bottom)),
      );
      ensureFinite("scoreAt()", path);
      ensure(
        path.every((s, k) => k === 0 || s > path[k - 1]),
        `Expected rising scores, got ${path}`,
      );
    }),
    check("scoreAtProbability() is the inverse of probability()", async () => {
      const probe = await fitted();
      const told = probe.probability(codes);
      const scores = probe.score(codes);
      told.forEach((p, i) => {
        // So near 0 and 1 the probability has too few digits left to tell the score.
        if (p < 1e-6 || p > 1 - 1e-6) return;
        ensureClose(
          "scoreAtProbability(probability)",
          [probe.scoreAtProbability(p)],
          [scores[i]],
          1e-5,
        );
      });
    }),
    check("class probabilities add up to 1, and log-odds go with them", async () => {
      const probe = await fitted();
      if (scale.type === "nominal" && scale.names.length > 2) {
        ensure(probe.classes !== undefined, "Expected classes: the scale is nominal");
      }
      if (!probe.classes) return;
      const k = scale.names.length;
      const told = probe.classes.probabilities(codes);
      ensure(told.length === n * k, `Expected ${n * k} probabilities, got ${told.length}`);
      for (let i = 0; i < n; i++) {
        const row = told.subarray(i * k, (i + 1) * k);
        ensureClose(`sum of row ${i}`, [row.reduce((sum, p) => sum + p, 0)], [1], 1e-9);
      }
      for (let index = 0; index < k; index++) {
        const odds = probe.classes.logOdds(codes, index);
        const expected = Array.from(odds, (f) => 1 / (1 + Math.exp(-f)));
        const column = expected.map((_, i) => told[i * k + index]);
        ensureClose(`probability of class ${index}`, column, expected, 1e-9);
      }
    }),
    check("class gradients agree with finite differences of the log-odds", async () => {
      const { classes } = await fitted();
      if (!classes) return;
      const code = codes.data.slice(0, d);
      scale.names.forEach((name, k) => {
        const odds = (z: Codes) => classes.logOdds(z, k)[0];
        // A class that nobody had in training: its probability is 0 everywhere.
        if (odds(tensor([1, d], code)) === -Infinity) return;
        checkGradient(` of class ${name}`, odds, (z) => classes.gradient(z, k), code, spread());
      });
    }),
    check("how the penalty was chosen is told in full, and survives toJSON()", async () => {
      const probe = await fitted();
      const { selection } = probe;
      if (!selection) return;
      const { option, value, values, losses } = selection;
      ensure(option.length > 0, "Expected the name of an option");
      ensure(
        value >= Math.min(...values) && value <= Math.max(...values),
        `Expected a value among ${values}, got ${value}`,
      );
      ensure(
        losses.length === values.length && losses.every((folds) => folds.length > 0),
        `Expected the losses of the folds for ${values.length} values, got ${losses.length}`,
      );
      losses.forEach((folds) => ensureFinite("losses", folds));
      const loaded = member.load(JSON.parse(JSON.stringify(probe)));
      ensure(
        JSON.stringify(loaded.selection) === JSON.stringify(selection),
        "Expected load() to keep how the penalty was chosen",
      );
    }),
    check("load() of toJSON() gives the same probe", async () => {
      const probe = await fitted();
      const loaded = member.load(JSON.parse(JSON.stringify(probe)));
      for (const method of ["score", "probability", "grade"] as const) {
        ensureClose(`${method}() after load()`, loaded[method](codes), probe[method](codes));
      }
      ensureClose("label() after load()", loaded.label?.(codes) ?? [], probe.label?.(codes) ?? []);
      ensureClose(
        "gradient() after load()",
        loaded.gradient(codes).data,
        probe.gradient(codes).data,
      );
      ensureClose(
        "class probabilities after load()",
        loaded.classes?.probabilities(codes) ?? [],
        probe.classes?.probabilities(codes) ?? [],
      );
      ensureClose("scoreAt() after load()", [loaded.scoreAt(0.7)], [probe.scoreAt(0.7)]);
    }),
    check("fit() stops when it is cancelled", async () => {
      const signal = AbortSignal.abort(new CancelledError());
      await ensureRejects(
        "fit()",
        () => member.fit(copy(), labels, options(), context(signal)),
        CancelledError,
      );
    }),
    check("fit() refuses codes and labels that tell nothing", async () => {
      const refuses = (what: string, c = copy(), l = labels) =>
        ensureRejects(what, () => member.fit(c, l, options(), context()), InputError);
      await refuses("one class only", copy(), labels.slice().fill(0));
      await refuses("too few labels", copy(), labels.slice(1));
      await refuses("constant codes", tensor(codes.shape, codes.data.map(() => 1)));
      for (const odd of [NaN, Infinity]) {
        const broken = copy();
        broken.data[d] = odd;
        await refuses(`${odd} among the codes`, broken);
      }
    }),
  ];

  /** The standard deviation of each dimension. */
  function spread(): Float64Array {
    const sigma = new Float64Array(d);
    for (let j = 0; j < d; j++) {
      let sum = 0, squares = 0;
      for (let i = 0; i < n; i++) {
        sum += codes.data[i * d + j];
        squares += codes.data[i * d + j] ** 2;
      }
      sigma[j] = Math.sqrt(Math.max(0, squares / n - (sum / n) ** 2)) || 1;
    }
    return sigma;
  }
}

/** Central differences, compared in units of σ so that small dimensions count as much as large ones. */
function checkGradient(
  what: string,
  valueOf: (codes: Codes) => number,
  gradientOf: (codes: Codes) => Codes,
  code: Float32Array,
  sigma: Float64Array,
): void {
  const d = code.length;
  const gradient = gradientOf(tensor([1, d], code)).data.map((value, j) => value * sigma[j]);
  const size = Math.max(...gradient.map(Math.abs), 1e-6);
  for (let j = 0; j < d; j++) {
    const [up, down] = [code.slice(), code.slice()];
    up[j] += 0.01 * sigma[j];
    down[j] -= 0.01 * sigma[j];
    const rise = valueOf(tensor([1, d], up)) - valueOf(tensor([1, d], down));
    const slope = rise / (up[j] - down[j]) * sigma[j];
    ensureClose(`gradient()${what} in dimension ${j}, per σ`, [gradient[j]], [slope], 2e-3 * size);
  }
}
