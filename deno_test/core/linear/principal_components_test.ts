/** Principal components against their definition and against scikit-learn. */

import { type Codes, InputError, Random, tensor } from "@countergrade/countergrade";
import { npyTensor, readNpz } from "@countergrade/countergrade/formats";
import { principalComponents, projectCodes } from "@countergrade/countergrade/linear";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";

/** Codes `[n, d]` with dimension j spread by `spreads[j]`, turned by a fixed mixing. */
function toy(n: number, spreads: readonly number[], seed = 1): Codes {
  const random = new Random(seed);
  const d = spreads.length;
  const mixing = random.normals(d * d);
  const data = Array.from({ length: n }, () => {
    const own = spreads.map((spread) => spread * random.normal());
    return own.map((_, j) => 3 + own.reduce((sum, value, k) => sum + mixing[j * d + k] * value, 0));
  });
  return tensor([n, d], data.flat());
}

const inner = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((sum, value, i) => sum + value * b[i], 0);

Deno.test("components are orthonormal, and codes along them uncorrelated with the variances told", () => {
  for (const d of [2, 5, 30]) {
    const codes = toy(80, Array.from({ length: d }, (_, j) => 1 / (1 + j)));
    const found = principalComponents(codes, 2);
    const points = projectCodes(found, codes);
    for (let p = 0; p < 2; p++) {
      for (let q = 0; q <= p; q++) {
        assertAlmostEquals(inner(found.directions[p], found.directions[q]), p === q ? 1 : 0, 1e-12);
        let sum = 0;
        for (let i = 0; i < 80; i++) sum += points[2 * i + p] * points[2 * i + q] / 79;
        assertAlmostEquals(sum, p === q ? found.variances[p] : 0, 1e-8 * found.variances[0]);
      }
    }
    assert(found.variances[0] >= found.variances[1]);
    if (d === 2) assertAlmostEquals(found.explained[0] + found.explained[1], 1, 1e-12);
  }
});

Deno.test("no other direction has more variance", () => {
  const codes = toy(60, [3, 1, 1, 0.5, 0.2, 0.1]);
  const { mean, variances, directions } = principalComponents(codes, 1);
  const random = new Random(2);
  for (let k = 0; k < 200; k++) {
    const other = random.normals(6);
    const length = Math.sqrt(inner(other, other));
    const along = projectCodes({
      mean,
      directions: [Float64Array.from(other, (v) => v / length)],
      variances,
      explained: variances,
    }, codes);
    assert(inner(along, along) / 59 <= variances[0] * (1 + 1e-12));
  }
  assert(
    directions[0][directions[0].map(Math.abs).indexOf(Math.max(...directions[0].map(Math.abs)))] >
      0,
  );
});

Deno.test("codes on a line, fewer codes than dimensions, and codes all the same have their components", () => {
  const line = principalComponents(tensor([3, 2], [0, 0, 1, 2, 2, 4]), 2);
  assertAlmostEquals(line.explained[0], 1, 1e-12);
  assertAlmostEquals(line.explained[1], 0, 1e-12);
  const few = principalComponents(toy(4, new Array(40).fill(1)), 3);
  assertAlmostEquals([...few.explained].reduce((a, b) => a + b), 1, 1e-9);
  const data = toy(50, [3, 2, 1]).data;
  const flat = tensor(
    [50, 40],
    Array.from({ length: 2000 }, (_, k) => k % 40 < 3 ? data[3 * Math.floor(k / 40) + k % 40] : 7),
  );
  const { variances, directions } = principalComponents(flat, 5);
  assert(variances[2] > 1e-6 && variances[3] <= 1e-9 * variances[0]);
  directions.forEach((a, i) =>
    directions.forEach((b, j) => assertAlmostEquals(inner(a, b), i === j ? 1 : 0, 1e-9))
  );
  const same = principalComponents(tensor([3, 2], [1, 2, 1, 2, 1, 2]), 2);
  assertEquals([...same.variances, ...same.explained], [0, 0, 0, 0]);
  assert(same.directions.every((q) => Math.abs(inner(q, q) - 1) < 1e-12));
});

Deno.test("the same codes give the same components, to the last digit", () => {
  const codes = toy(50, [1, 1, 1, 1]);
  assertEquals(principalComponents(codes, 2), principalComponents(codes, 2));
});

Deno.test("too few codes or dimensions, and codes that are not finite, are refused", () => {
  assertThrows(() => principalComponents(tensor([1, 4], [1, 2, 3, 4]), 2), InputError, "[1, 4]");
  assertThrows(() => principalComponents(tensor([4, 1], [1, 2, 3, 4]), 2), InputError, "[4, 1]");
  assertThrows(
    () => principalComponents(tensor([2, 2], [1, 2, NaN, 4]), 2),
    InputError,
    "code 1 has NaN",
  );
});

const latents = new URL("../../../../shared/reference/retina_dae_latents.npz", import.meta.url);
const bytes = await Deno.readFile(latents).catch(() => undefined);
if (!bytes) {
  console.warn("principal components are not compared: there is no retina_dae_latents.npz");
}

// PCA(n_components=3, svd_solver="full") of scikit-learn 1.2.1 on train_latents; sign by the greatest entry.
const REFERENCE = {
  variances: [3.318738386042358, 2.687267543816352, 2.0121701274271855],
  explained: [0.13381375286673122, 0.10835242588188738, 0.08113204622870322],
  /** Place and value of the greatest entry, then the entries 0 and 100. */
  entries: [
    [109, 0.47292959279053726, -0.006170951842018078, 0.005757889191383904],
    [405, 0.32736262525983667, 0.0080741134457938, -0.0036009901121487418],
    [433, 0.2660809209324646, 0.006540378430962114, 0.0075505689704035124],
  ],
};

Deno.test({
  name: "1,080 codes of length 512 have the components that scikit-learn finds",
  ignore: !bytes,
  fn() {
    const codes = npyTensor(readNpz(bytes!).get("train_latents")!);
    const { directions, variances, explained } = principalComponents(codes, 3);
    REFERENCE.entries.forEach(([place, ...values], i) => {
      assertAlmostEquals(variances[i], REFERENCE.variances[i], 1e-6);
      assertAlmostEquals(explained[i], REFERENCE.explained[i], 1e-7);
      [place, 0, 100].forEach((at, k) => assertAlmostEquals(directions[i][at], values[k], 1e-6));
    });
  },
});
