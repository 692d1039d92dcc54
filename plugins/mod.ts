/**
 * The plugins that come with Countergrade, in data-flow order: the only place that knows them all.
 *
 * @module
 */

import type { Plugin } from "@countergrade/countergrade";
import { npzDatasets } from "./datasets/npz.ts";
import { vertebraDataset } from "./datasets/vertebra/mod.ts";
import { daeEncoder } from "./encoders/dae/mod.ts";
import { linearSvmProbe } from "./probes/linear_svm.ts";
import { logisticProbe } from "./probes/logistic.ts";
import { ordinalProbe } from "./probes/ordinal.ts";
import { evaluateProbeTask } from "./tasks/evaluate_probe.ts";
import { pathTasks } from "./tasks/mod.ts";

/**
 * Give them to {@linkcode Host.boot}, with your own behind them.
 *
 * @example
 * ```ts
 * import { Host, probes } from "@countergrade/countergrade";
 * import { builtins } from "@countergrade/countergrade/plugins";
 * import { assert } from "@std/assert";
 *
 * await using host = await Host.boot(builtins);
 * assert(host.names(probes).includes("logistic"));
 * ```
 */
export const builtins: Plugin[] = [
  vertebraDataset,
  npzDatasets,
  daeEncoder,
  logisticProbe,
  linearSvmProbe,
  ordinalProbe,
  pathTasks,
  evaluateProbeTask,
];
