/** The built-in tasks, from images to a counterfactual path. */

import { definePlugin, type Plugin, tasks } from "@countergrade/countergrade";
import { auditProbeTask } from "./audit/audit_probe.ts";
import { compareEditorsTask } from "./paths/compare/compare_editors.ts";
import { counterfactualPathTask } from "./paths/counterfactual_path.ts";
import { encodeTask } from "./latents/encode.ts";
import { evaluateTask } from "./evaluation/evaluate.ts";
import { gradeTask } from "./probes/grade.ts";
import { importEncoder } from "./encoders/import_encoder.ts";
import { inspectDataset } from "./data/inspect_dataset.ts";
import { interpolateTask } from "./paths/interpolation/interpolate.ts";
import { mapLatentsTask } from "./latents/map_latents.ts";
import { loaded } from "./encoders/loaded.ts";
import { measureBandsTask } from "./evaluation/measure_bands.ts";
import { nearestImagesTask } from "./latents/nearest_images.ts";
import { reconstructTask } from "./evaluation/reconstruct.ts";
import { trainEncoder } from "./encoders/train_encoder.ts";
import { trainProbe } from "./probes/train_probe.ts";

export { LoadedEncoders, readStatistics, writeStatistics } from "./encoders/models.ts";

/** The plugin with the tasks of the main job. */
export const pathTasks: Plugin = definePlugin({
  id: "@countergrade/path-tasks",
  version: "0.1.0",
  apiVersion: "^1",
  setup(registry) {
    registry.add(tasks, inspectDataset);
    registry.add(tasks, trainEncoder);
    registry.add(tasks, importEncoder);
    registry.add(tasks, encodeTask(loaded));
    registry.add(tasks, trainProbe);
    registry.add(tasks, gradeTask(loaded));
    registry.add(tasks, counterfactualPathTask(loaded));
    registry.add(tasks, compareEditorsTask(loaded));
    registry.add(tasks, interpolateTask(loaded));
    registry.add(tasks, nearestImagesTask(loaded));
    registry.add(tasks, mapLatentsTask(loaded));
    registry.add(tasks, evaluateTask(loaded));
    registry.add(tasks, reconstructTask(loaded));
    registry.add(tasks, measureBandsTask(loaded));
    registry.add(tasks, auditProbeTask(loaded));
  },
  [Symbol.asyncDispose]: () => loaded[Symbol.asyncDispose](),
});
