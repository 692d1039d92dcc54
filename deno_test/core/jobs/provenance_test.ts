/** Provenance: the task's plugin and those of the members that the options name, no others. */

import { definePlugin, Host, probes, tasks } from "@countergrade/countergrade";
import { pluginsBehind } from "../../../core/jobs/provenance.ts";
import { assertEquals } from "@std/assert";
import { z } from "zod";
import toys from "../../toy_tasks.ts";

const steep = definePlugin({
  id: "steep-probe",
  version: "2.0.0",
  apiVersion: "^1",
  setup(registry) {
    registry.add(probes, {
      name: "steep",
      description: "Never fitted",
      options: z.object({}),
      fit: () => Promise.reject(new Error("not here")),
      load: () => {
        throw new Error("not here");
      },
    });
    registry.add(tasks, {
      name: "compare",
      description: "Has choices in a list",
      options: (host) => z.object({ sides: z.array(z.object({ probe: host.choice(probes) })) }),
      result: z.object({}),
      run: () => Promise.resolve({}),
    });
  },
});

Deno.test("the plugins behind a result are those that its options name", async () => {
  await using host = await Host.boot([toys, steep]);
  const ids = (task: string, options: unknown) =>
    pluginsBehind(host, task, options).map(({ id, version }) => `${id}@${version}`);
  assertEquals(ids("countUp", { steps: 1 }), ["toy-tasks@1.2.3"]);
  assertEquals(ids("chooseProbe", { probe: { flat: {} } }), ["toy-tasks@1.2.3"]);
  assertEquals(ids("chooseProbe", { probe: { steep: {} } }), [
    "toy-tasks@1.2.3",
    "steep-probe@2.0.0",
  ]);
  const sides = [{ probe: { steep: {} } }, { probe: { flat: {} } }];
  assertEquals(ids("compare", { sides }), ["steep-probe@2.0.0", "toy-tasks@1.2.3"]);
});
