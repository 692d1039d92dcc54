/** The metric keeps the promises of its family, and finds what was put in. */

import { Host, metrics } from "@countergrade/countergrade";
import { ensureClose, registerPlugin, toyPath, toyTools } from "@countergrade/countergrade/testing";
import plugin from "./mod.ts";

await registerPlugin(plugin);

Deno.test("a path whose pictures are half a grade too severe overshoots by that", async () => {
  await using host = await Host.boot([plugin]);
  const member = host.member(metrics, "templatePlugin");
  const path = await toyPath();
  const severe = { ...path, imageGrades: path.targetGrades.map((grade) => grade + 0.5) };
  const figures = await member.measure(severe, toyTools());
  ensureClose("figures", Object.values(figures), [0.5, 0.5]);
});
