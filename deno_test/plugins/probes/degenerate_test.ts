/** What every probe answers where data are few, odd or broken. */

import {
  type Codes,
  Host,
  InputError,
  type Probe,
  type ProbePlugin,
  probes,
  Random,
  rows,
  tensor,
} from "@countergrade/countergrade";
import { toyCodes } from "@countergrade/countergrade/testing";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { linearSvmProbe } from "../../../plugins/probes/linear_svm.ts";
import { logisticProbe } from "../../../plugins/probes/logistic.ts";
import { ordinalProbe } from "../../../plugins/probes/ordinal.ts";
import { ridgeProbe } from "../../../plugins/probes/ridge.ts";

await using host = await Host.boot([logisticProbe, linearSvmProbe, ordinalProbe, ridgeProbe]);
const scale = { type: "ordinal" as const, names: ["none", "mild", "severe"] };
const context = { scale, threshold: 1, random: new Random(1) };
const { codes, labels } = toyCodes();

async function fit(name: string, z: Codes, l: Int32Array, options = {}): Promise<Probe> {
  const member = host.member(probes, name) as ProbePlugin;
  const probe = await member.fit(z, l, member.options.parse(options), context);
  for (const method of ["score", "probability", "grade"] as const) {
    assert(probe[method](z).every(Number.isFinite), `${method}() is finite`);
  }
  assert(probe.gradient(z).data.every(Number.isFinite), "gradient() is finite");
  return probe;
}

/** Codes `[n, d]` of which the first dimension tells the label. */
function drawn(n: number, d: number, seed: number) {
  const random = new Random(seed);
  const l = Int32Array.from({ length: n }, (_, i) => i % 3);
  const z = tensor(
    [n, d],
    Float32Array.from(
      { length: n * d },
      (_, k) => random.normal() + (k % d === 0 ? 1.5 * l[Math.floor(k / d)] : 0),
    ),
  );
  return { z, l };
}

for (const name of ["logistic", "svm", "ordinal", "ridge"]) {
  Deno.test(`${name}: one class, NaN, infinities and labels off the scale are refused`, async () => {
    await assertRejects(() => fit(name, codes, labels.map(() => 1)), InputError, "both sides");
    for (const odd of [NaN, Infinity]) {
      const broken = tensor(codes.shape, codes.data.slice());
      broken.data[7] = odd;
      await assertRejects(() => fit(name, broken, labels), InputError, String(odd));
    }
    await assertRejects(
      () => fit(name, codes, labels.map((l) => l + 1)),
      InputError,
      "from 0 to 2, got 3",
    );
    const same = tensor(codes.shape, codes.data.map(() => 3));
    await assertRejects(() => fit(name, same, labels), InputError, "the same");
  });

  Deno.test(`${name}: a constant dimension gets no weight and changes nothing`, async () => {
    const [n, d] = codes.shape;
    const wider = tensor(
      [n, d + 1],
      Array.from({ length: n }, (_, i) => [...rows(codes, i, i + 1).data, 42]).flat(),
    );
    const options = name === "ordinal" || name === "ridge" ? { lambda: 5 } : { c: 0.2 };
    const [plain, with42] = [
      await fit(name, codes, labels, options),
      await fit(name, wider, labels, options),
    ];
    assertAlmostEquals(with42.gradient(wider).data[d], 0, 1e-9);
    plain.score(codes).forEach((score, i) =>
      assertAlmostEquals(with42.score(wider)[i], score, 1e-3)
    );
  });

  Deno.test(`${name}: perfectly separable grades are told apart`, async () => {
    const z = tensor(
      [30, 2],
      Array.from({ length: 30 }, (_, i) => [i % 3 + 0.01 * i, i % 5]).flat(),
    );
    const l = Int32Array.from({ length: 30 }, (_, i) => i % 3);
    const probe = await fit(name, z, l);
    probe.score(z).forEach((score, i) => assertEquals(score > 0, l[i] >= 1));
  });

  for (const [n, d] of [[100, 512], [200, 64], [12, 5]]) {
    Deno.test(`${name}: ${n} rows of ${d} dimensions`, async () => {
      const { z, l } = drawn(n, d, 5);
      const probe = await fit(name, z, l);
      const fresh = drawn(200, d, 6);
      const scores = probe.score(fresh.z);
      const mean = (k: number) => {
        const part = scores.filter((_, i) => fresh.l[i] === k);
        return part.reduce((sum, s) => sum + s, 0) / part.length;
      };
      assert(mean(2) > mean(1) && mean(1) > mean(0), `${mean(0)}, ${mean(1)}, ${mean(2)}`);
    });
  }

  Deno.test(`${name}: dimensions may differ by twelve orders of magnitude`, async () => {
    const { z, l } = drawn(90, 6, 5);
    const scaled = tensor(z.shape, z.data.map((v, k) => v * [1, 1e6, 1e-6, 1, 1e3, 1][k % 6]));
    const [a, b] = [(await fit(name, z, l)).score(z), (await fit(name, scaled, l)).score(scaled)];
    a.forEach((score, i) => assertAlmostEquals(b[i], score, 1e-3));
  });

  Deno.test(`${name}: three samples, and rows that are equal`, async () => {
    await fit(name, tensor([3, 2], [0, 1, 1, 0, 2, 2]), Int32Array.of(0, 1, 2));
    const twice = tensor([12, 2], Array.from({ length: 12 }, (_, i) => [i % 3, 1 + i % 2]).flat());
    const l = Int32Array.from({ length: 12 }, (_, i) => i % 3);
    // The same code with another label: no boundary can be right about all.
    l[0] = 2;
    const probe = await fit(name, twice, l);
    const scores = probe.score(twice);
    assertEquals(scores[0], scores[6]);
  });

  Deno.test(`${name}: a grade that nobody has in training is still a target`, async () => {
    const { z, l } = drawn(60, 4, 5);
    const probe = await fit(name, z, l.map((k) => k === 1 ? 2 : k));
    const path = [0, 1, 2].map((grade) => probe.scoreAt(grade));
    assert(path[0] < path[1] && path[1] < path[2], String(path));
  });
}
