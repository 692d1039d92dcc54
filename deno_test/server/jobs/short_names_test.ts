/** Short names of models among options. */

import { assert, assertEquals } from "@std/assert";
import { Host } from "@countergrade/countergrade";
import { shortNames } from "@countergrade/countergrade/jobs";
import { builtins } from "@countergrade/countergrade/plugins";
import { z } from "zod";
import { withIds } from "../../../server/jobs/short_names.ts";

const schema = z.strictObject({
  probe: z.string(),
  encoder: z.string().optional(),
  title: z.string().optional(),
  judge: z.strictObject({ probe: z.strictObject({ probe: z.string() }) }).optional(),
});
const names = [
  { name: "knees", kind: "probe", id: "probe-1" },
  { name: "knees", kind: "encoder", id: "encoder-1" },
];

Deno.test("a name stands for the artifact of the kind that is asked for, however deep", () => {
  const options = { probe: "knees", encoder: "knees", judge: { probe: { probe: "knees" } } };
  assertEquals(withIds(schema, options, names), {
    probe: "probe-1",
    encoder: "encoder-1",
    judge: { probe: { probe: "probe-1" } },
  });
  assertEquals(options.probe, "knees", "the options themselves stay");
});

Deno.test("ids, unknown names and other texts stay as they are", () => {
  const options = { probe: "probe-2", encoder: "hips", title: "knees" };
  assertEquals(withIds(schema, options, names), options);
});

Deno.test("models that come along are called by their bundles", async () => {
  await using host = await Host.boot(builtins);
  const all = await shortNames(host);
  for (const name of ["knee64", "knee64_before", "retina28", "vertebra32v", "vertebra64"]) {
    for (const kind of ["encoder", "probe"]) {
      assert(all.find((one) => one.name === name && one.kind === kind)!.id.startsWith(`${kind}-`));
    }
  }
});
