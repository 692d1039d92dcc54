/** The editor `gradient` on probes whose score bends. */

import {
  editors,
  Host,
  InputError,
  type Probe,
  Random,
  rows,
  tensor,
  zeros,
} from "@countergrade/countergrade";
import { mahalanobisLength } from "@countergrade/countergrade/linear";
import { register, testEditor, toyCodes } from "@countergrade/countergrade/testing";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { gradientEditor } from "../../../plugins/editors/gradient.ts";
import { patternEditor } from "../../../plugins/editors/pattern.ts";
import { shortestEditor } from "../../../plugins/editors/shortest.ts";

await using host = await Host.boot([patternEditor, shortestEditor, gradientEditor]);
const gradient = host.member(editors, "gradient");
const { codes, probe, statistics } = toyCodes();
const latents = { codes: rows(codes, 0, 6), noise: zeros([6, 1, 4, 4]) };
const first = { codes: rows(codes, 0, 1), noise: zeros([1, 1, 4, 4]) };
const options = (given = {}) => gradient.options.parse(given);
const d = 6;

register("editor gradient", testEditor(gradient));
register(
  "editor gradient without preconditioning",
  testEditor({
    ...gradient,
    options: gradient.options.transform((o) => ({ ...o, precondition: false })),
  }),
);

/** The toy probe with its score s bent to f(s). */
function bent(f: (s: number) => number, slope: (s: number) => number): Probe {
  return {
    ...probe,
    score: (codes) => probe.score(codes).map(f),
    gradient(codes) {
      const slopes = probe.score(codes).map(slope);
      const { shape, data } = probe.gradient(codes);
      return tensor(shape, data.map((g, k) => g * slopes[Math.floor(k / shape[1])]));
    },
  };
}

/** A network of one hidden layer on standardized codes: f = Σ cₖ·tanh(aₖ·x) + x₀. */
function network(hidden = 8): Probe {
  const random = new Random(4);
  const a = random.normals(hidden * d).map((v) => 0.7 * v);
  const c = random.normals(hidden).map((v) => 0.4 * v);
  const { mean, covariance } = statistics;
  const sigma = Array.from({ length: d }, (_, j) => Math.sqrt(covariance.data[j * (d + 1)]));
  const hiddenOf = (code: Float32Array) =>
    Array.from({ length: hidden }, (_, k) => {
      let sum = 0;
      for (let j = 0; j < d; j++) sum += a[k * d + j] * (code[j] - mean.data[j]) / sigma[j];
      return Math.tanh(sum);
    });
  const rowsOf = (all: typeof codes) =>
    Array.from({ length: all.shape[0] }, (_, i) => all.data.subarray(i * d, (i + 1) * d));
  return {
    ...probe,
    score: (all) =>
      Float64Array.from(
        rowsOf(all),
        (code) =>
          hiddenOf(code).reduce((sum, h, k) => sum + c[k] * h, (code[0] - mean.data[0]) / sigma[0]),
      ),
    gradient: (all) =>
      tensor(
        all.shape,
        rowsOf(all).flatMap((code) => {
          const h = hiddenOf(code);
          return Array.from({ length: d }, (_, j) => {
            const through = h.reduce((sum, h, k) => sum + c[k] * (1 - h * h) * a[k * d + j], 0);
            return (through + (j === 0 ? 1 : 0)) / sigma[j];
          });
        }),
      ),
  };
}

Deno.test("for a linear probe gradient ends where pattern ends, without preconditioning where shortest does", async () => {
  const targets = [-3, -1, 0, 1, 2, 4].map((score) => ({ score }));
  for (const [name, precondition] of [["pattern", true], ["shortest", false]] as const) {
    const other = host.member(editors, name);
    const plain = await other.edit(latents, probe, targets, other.options.parse({}), {
      statistics,
    });
    const edit = await gradient.edit(latents, probe, targets, options({ precondition }), {
      statistics,
    });
    edit.latents.codes.data.forEach((v, k) =>
      assertAlmostEquals(v, plain.latents.codes.data[k], 1e-3)
    );
    edit.length.forEach((v, i) => assertAlmostEquals(v, plain.length[i], 1e-3));
    edit.lengthRatio.forEach((v, i) => assertAlmostEquals(v, plain.lengthRatio[i], 1e-3));
  }
});

Deno.test("a target nearer than one step is reached without going beyond it", async () => {
  const [own] = probe.score(first.codes);
  for (const away of [0.3, -0.3]) {
    const seen: number[] = [];
    let gradients = 0;
    const watched: Probe = {
      ...probe,
      score(codes) {
        const scores = probe.score(codes);
        seen.push(...scores);
        return scores;
      },
      gradient(codes) {
        gradients++;
        return probe.gradient(codes);
      },
    };
    const target = { score: own + away };
    const edit = await gradient.edit(first, watched, [target], options({ stepLength: 100 }), {
      statistics,
    });
    assertAlmostEquals(probe.score(edit.latents.codes)[0], target.score, 1e-4);
    assert(gradients <= 2, `${gradients} steps`);
    const shares = seen.map((score) => (score - own) / away);
    assert(shares.every((share) => share > -1e-3 && share < 1 + 1e-3), `${shares}`);
  }
});

Deno.test("gradient brings a small network to scores on either side, in steps no longer than stepLength", async () => {
  const net = network();
  const own = net.score(latents.codes);
  const targets = [-2, -1, -0.3, 0.3, 1, 2].map((shift, i) => ({ score: own[i] + shift }));
  for (const precondition of [true, false]) {
    const seen: Float32Array[] = [];
    const watched: Probe = {
      ...net,
      gradient(codes) {
        seen.push(codes.data.slice());
        return net.gradient(codes);
      },
    };
    const edit = await gradient.edit(
      latents,
      watched,
      targets,
      options({ precondition, stepLength: 0.4 }),
      {
        statistics,
      },
    );
    net.score(edit.latents.codes).forEach((s, i) => assertAlmostEquals(s, targets[i].score, 1e-4));
    const steps = seen.slice(1).map((code, k) =>
      mahalanobisLength(statistics, code.map((v, j) => v - seen[k][j]))
    );
    // Between two rows the code is another; within a row no step is longer.
    const long = steps.filter((step) => step > 0.4 + 1e-4);
    assert(long.length <= 5, `${steps}`);
    assert(seen.length > 12, "more than one step per row");
  }
});

Deno.test("gradient settles where Newton's steps run away", async () => {
  const steep = bent((s) => Math.atan(3 * s), (s) => 3 / (1 + 9 * s * s));
  const away = { codes: tensor([1, d], statistics.mean.data), noise: zeros([1, 1, 4, 4]) };
  const pattern = host.member(editors, "pattern");
  const from = await pattern.edit(away, probe, [{ score: 2 }], pattern.options.parse({}), {
    statistics,
  });
  const plain = () =>
    pattern.edit(from.latents, steep, [{ score: 0 }], pattern.options.parse({}), { statistics });
  await assertRejects(plain, InputError);
  // Short steps, or long ones that are halved until they help.
  for (const stepLength of [0.5, 100]) {
    const edit = await gradient.edit(from.latents, steep, [{ score: 0 }], options({ stepLength }), {
      statistics,
    });
    assertAlmostEquals(steep.score(edit.latents.codes)[0], 0, 1e-4);
  }
});

Deno.test("where the score has its top below the target, gradient says how near it came", async () => {
  // f = 1 − s²: no code scores above 1.
  const hill = bent((s) => 1 - s * s, (s) => -2 * s);
  const error = await assertRejects(
    () => gradient.edit(first, hill, [{ score: 2 }], options(), { statistics }),
    InputError,
  );
  assert(/^Cannot edit: the score 2 cannot be reached, /.test(error.message), error.message);
  assertEquals(error.path, ["targets", 0]);
  const left = Number(/(-?[\d.e-]+) σ/.exec(error.message)![1]);
  assertAlmostEquals(Math.abs(left), 1, 0.05);
  const reached = await gradient.edit(first, hill, [{ score: 0.9 }], options(), { statistics });
  assertAlmostEquals(hill.score(reached.latents.codes)[0], 0.9, 1e-4);
});

Deno.test("too few steps are refused with what is left, a flat score with its zero gradient", async () => {
  const own = probe.score(first.codes)[0];
  await assertRejects(
    () =>
      gradient.edit(first, probe, [{ score: own + 9 }], options({ maxSteps: 2 }), { statistics }),
    InputError,
    "2 steps ended",
  );
  const flat: Probe = { ...probe, gradient: (codes) => zeros(codes.shape) };
  await assertRejects(
    () => gradient.edit(first, flat, [{ score: own + 1 }], options(), { statistics }),
    InputError,
    "gradient is zero",
  );
});

Deno.test("a code that is nearly at its target is taken the rest of the way, or left where float32 ends", async () => {
  const own = probe.score(latents.codes);
  const near = Array.from(own, (score) => ({ score: score + 2e-5 }));
  const edit = await gradient.edit(latents, probe, near, options(), { statistics });
  probe.score(edit.latents.codes).forEach((s, i) => assertAlmostEquals(s, near[i].score, 2.1e-5));
  const within = Array.from(own, (score) => ({ score: score + 1e-12 }));
  const { length } = await gradient.edit(latents, probe, within, options(), { statistics });
  length.forEach((value) => assert(value < 1e-5, `${value}`));
});
