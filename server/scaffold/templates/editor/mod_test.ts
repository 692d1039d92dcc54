/** The editor keeps the promises of its family, and moves what the probe looks at. */

import { editors, Host, rows, tensor } from "@countergrade/countergrade";
import { ensure, ensureClose, registerPlugin, toyCodes } from "@countergrade/countergrade/testing";
import plugin from "./mod.ts";

await registerPlugin(plugin);

Deno.test("only the dimension that the probe reads is moved", async () => {
  await using host = await Host.boot([plugin]);
  const member = host.member(editors, "templatePlugin");
  const { codes, probe, statistics } = toyCodes();
  const latents = { codes: rows(codes, 0, 1), noise: tensor([1, 1, 1, 1], [0]) };
  const options = member.options.parse({});
  const edit = await member.edit(latents, probe, [{ grade: 2 }], options, { statistics });
  const moved = edit.latents.codes.data;
  ensure(moved[0] !== codes.data[0], "Expected the first dimension to move");
  ensureClose("all others", moved.slice(1), codes.data.slice(1, moved.length));
});
