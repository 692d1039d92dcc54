/** A task that fits whatever probe it is told to and asks it for scores. */

import {
  definePlugin,
  type ProbePlugin,
  probes,
  Random,
  tasks,
  tensor,
} from "@countergrade/countergrade";
import { z } from "zod";

export default definePlugin({
  id: "ask-probe",
  version: "1.0.0",
  apiVersion: "^1",
  setup(registry) {
    registry.add(tasks, {
      name: "askProbe",
      description: "Fits a probe to two codes and asks it for their scores",
      options: (host) => z.strictObject({ probe: host.choice(probes) }),
      result: z.object({ scores: z.array(z.number()) }),
      async run({ probe }: { probe: Record<string, unknown> }, job) {
        const { member, options } = job.host.chosen<ProbePlugin>(probes, probe);
        const codes = tensor([2, 2], [1, 2, 3, 4]);
        const fitted = await member.fit(codes, Int32Array.of(0, 1), options, {
          scale: { type: "ordinal", names: ["none", "mild", "severe"] },
          threshold: 1,
          random: new Random(1),
          signal: job.signal,
        });
        return { scores: [...fitted.score(codes)] };
      },
    });
  },
});
