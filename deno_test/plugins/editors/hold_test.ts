/** What editors leave alone: held gradients exactly, held pixels softly, and what cannot be held at all. */

import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import {
  type EditorPlugin,
  editors,
  Host,
  InputError,
  row,
  rows,
  tensor,
  zeros,
} from "@countergrade/countergrade";
import { mahalanobisLength, softCovariance } from "@countergrade/countergrade/linear";
import { builtins } from "@countergrade/countergrade/plugins";
import { toyCodes } from "@countergrade/countergrade/testing";

await using host = await Host.boot(builtins);
const { codes, probe, statistics } = toyCodes();
const d = codes.shape[1];
const latents = { codes: rows(codes, 0, 4), noise: zeros([4, 1, 2, 2]) };
const targets = [1, -1, 2, 0.5].map((score) => ({ score }));

/** Two directions of the code that shall stay, correlated with the score. */
const gradients = tensor([2, d], [0.5, 1, 0, 0, 0, 0, 0.2, 0, 1, -1, 0.3, 0]);

function along(step: ArrayLike<number>, gradient: ArrayLike<number>): number {
  return Array.from(step).reduce((sum, value, j) => sum + value * gradient[j], 0);
}

for (const name of ["pattern", "shortest", "gradient"]) {
  Deno.test(`${name}: what is held does not move, and the score arrives`, async () => {
    const member = host.member(editors, name) as EditorPlugin;
    const options = member.options.parse({});
    const context = { statistics, hold: { gradients } };
    const edit = await member.edit(latents, probe, targets, options, context);
    const free = await member.edit(latents, probe, targets, options, { statistics });
    probe.score(edit.latents.codes).forEach((score, i) =>
      assertAlmostEquals(score, targets[i].score, 1e-3)
    );
    for (let i = 0; i < 4; i++) {
      const step = (of: typeof edit) =>
        row(of.latents.codes, i).data.map((value, j) => value - row(latents.codes, i).data[j]);
      for (let m = 0; m < 2; m++) {
        const gradient = row(gradients, m).data;
        const size = mahalanobisLength(statistics, step(edit));
        assert(Math.abs(along(step(edit), gradient)) < 1e-4 * size, `row ${i}`);
        assert(Math.abs(along(step(free), gradient)) > 1e-2 * size, "it moves when it is free");
      }
    }
  });
}

Deno.test("pattern: with held gradients no other step that holds them is shorter", async () => {
  const member = host.member(editors, "pattern") as EditorPlugin;
  const options = member.options.parse({});
  const held = await member.edit(latents, probe, targets, options, {
    statistics,
    hold: { gradients },
  });
  const other = await (host.member(editors, "shortest") as EditorPlugin).edit(
    latents,
    probe,
    targets,
    options,
    { statistics, hold: { gradients } },
  );
  held.length.forEach((length, i) => assert(length <= other.length[i] * (1 + 1e-4)));
});

Deno.test("a covariance in the place of Σ bends the step; its figures stay those of Σ", async () => {
  const member = host.member(editors, "pattern") as EditorPlugin;
  const options = member.options.parse({});
  // Dimension 2 is what shall change little: its covariance with the codes is a column of Σ.
  const column = row(statistics.covariance, 2).data;
  const outside = zeros([d, d]);
  column.forEach((x, i) => column.forEach((y, j) => outside.data[i * d + j] = x * y));
  const covariance = softCovariance(statistics.covariance, outside, 1000);
  const soft = await member.edit(latents, probe, targets, options, {
    statistics,
    hold: { covariance },
  });
  const free = await member.edit(latents, probe, targets, options, { statistics });
  for (let i = 0; i < 4; i++) {
    const moved = (of: typeof soft) =>
      Math.abs(of.latents.codes.data[i * d + 2] - codes.data[i * d + 2]);
    assert(moved(soft) < 0.5 * moved(free), `${moved(soft)} of ${moved(free)}`);
    assert(soft.length[i] > free.length[i]);
    assertAlmostEquals(soft.lengthRatio[i], soft.length[i] / free.length[i], 1e-3);
  }
});

Deno.test("to hold what is edited, or the same thing twice, is refused", async () => {
  const member = host.member(editors, "pattern") as EditorPlugin;
  const options = member.options.parse({});
  const own = probe.gradient(rows(codes, 0, 1));
  const twice = tensor([2, d], [...row(gradients, 0).data, ...row(gradients, 0).data]);
  for (const [gradients, words] of [[own, "the same thing"], [twice, "are the same"]] as const) {
    await assertRejects(
      () => member.edit(latents, probe, targets, options, { statistics, hold: { gradients } }),
      InputError,
      words,
    );
  }
  const none = await member.edit(latents, probe, targets, options, {
    statistics,
    hold: { gradients: tensor([0, d], []) },
  });
  assertEquals(none.latents.codes.shape, [4, d]);
});
