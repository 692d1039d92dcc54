/** The built-in tasks, from images to a counterfactual path. */

import { definePlugin, type Plugin, tasks } from "@countergrade/countergrade";
import { compareEditorsTask } from "./compare_editors.ts";
import { counterfactualPathTask } from "./counterfactual_path.ts";
import { encodeTask } from "./encode.ts";
import { evaluateTask } from "./evaluate.ts";
import { gradeTask } from "./grade.ts";
import { importEncoder } from "./import_encoder.ts";
import { inspectDataset } from "./inspect_dataset.ts";
import { interpolateTask } from "./interpolate.ts";
import { mapLatentsTask } from "./map_latents.ts";
import { LoadedEncoders } from "./models.ts";
import { nearestImagesTask } from "./nearest_images.ts";
import { trainEncoder } from "./train_encoder.ts";
import { trainProbe } from "./train_probe.ts";

export { LoadedEncoders, readStatistics, writeStatistics } from "./models.ts";

const loaded = new LoadedEncoders();

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
  },
  [Symbol.asyncDispose]: () => loaded[Symbol.asyncDispose](),
});
