/** The editor `raw`: along the weights as they are. */

import { editors, Host, rows, zeros } from "@countergrade/countergrade";
import { register, testEditor, toyCodes } from "@countergrade/countergrade/testing";
import { assertAlmostEquals } from "@std/assert";
import { rawEditor } from "../../../plugins/editors/raw.ts";

await using host = await Host.boot([rawEditor]);
const editor = host.member(editors, "raw");
register("editor raw", testEditor(editor));

const { codes, probe, statistics } = toyCodes();
const latents = { codes: rows(codes, 0, 2), noise: zeros([2, 1, 4, 4]) };

async function moved(options: Record<string, unknown>, scores: readonly number[]) {
  const targets = scores.map((score) => ({ score }));
  const edit = await editor.edit(latents, probe, targets, editor.options.parse(options), {
    statistics,
  });
  const d = codes.shape[1];
  const gradient = probe.gradient(rows(codes, 0, 1)).data;
  const size = Math.hypot(...gradient);
  return scores.map((_, i) => {
    const step = Array.from(
      { length: d },
      (_, j) => edit.latents.codes.data[i * d + j] - latents.codes.data[i * d + j],
    );
    const along = step.reduce((sum, value, j) => sum + value * gradient[j] / size, 0);
    return { along, length: Math.hypot(...step), score: probe.score(edit.latents.codes)[i] };
  });
}

Deno.test("it reaches the target along the gradient, and nowhere beside it", async () => {
  for (const [i, { along, length, score }] of (await moved({}, [-1, 2])).entries()) {
    assertAlmostEquals(score, [-1, 2][i], 1e-4);
    assertAlmostEquals(Math.abs(along), length, 1e-4);
  }
});

Deno.test("with a step it goes as far as it is told, wherever that leads", async () => {
  const [back, forth] = await moved({ step: 0.5 }, [-2, 3]);
  assertAlmostEquals(back.along, -1, 1e-5);
  assertAlmostEquals(forth.along, 1.5, 1e-5);
});
