/** Classes without an order as targets: every editor goes by the class's own log-odds. */

import { editors, Host, probes, Random, rows, zeros } from "@countergrade/countergrade";
import { labelsOf } from "@countergrade/countergrade/review";
import { toyCodes } from "@countergrade/countergrade/testing";
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { gradientEditor } from "../../../plugins/editors/gradient.ts";
import { patternEditor } from "../../../plugins/editors/pattern.ts";
import { shortestEditor } from "../../../plugins/editors/shortest.ts";
import { logisticProbe } from "../../../plugins/probes/logistic.ts";

await using host = await Host.boot([patternEditor, shortestEditor, gradientEditor, logisticProbe]);

Deno.test("every editor brings codes to a class without an order, with probability 0.9", async () => {
  const { codes, labels, statistics } = toyCodes();
  const logistic = host.member(probes, "logistic");
  const scale = { type: "nominal" as const, names: ["a", "b", "c"] };
  const random = new Random(1);
  const probe = await logistic.fit(codes, labels, logistic.options.parse({}), {
    scale,
    threshold: 1,
    random,
  });
  const latents = { codes: rows(codes, 0, 3), noise: zeros([3, 1, 4, 4]) };
  const targets = [{ class: "b" }, { class: 2 }, { class: "a" }];
  for (const editor of host.members(editors)) {
    const edit = await editor.edit(latents, probe, targets, editor.options.parse({}), {
      statistics,
    });
    assertEquals([...labelsOf(probe, edit.latents.codes)], [1, 2, 0]);
    const told = probe.classes!.probabilities(edit.latents.codes);
    [told[1], told[3 + 2], told[6]].forEach((p) => assertAlmostEquals(p, 0.9, 1e-3));
  }
});
