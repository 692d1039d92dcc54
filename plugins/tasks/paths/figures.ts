/** What the family `metrics` says about a path. */

import {
  metrics,
  type PathRecord,
  type PathTools,
  PluginError,
  type PluginHost,
} from "@countergrade/countergrade";

/** Metrics with a cost that are asked for, and the models that they may use. */
export interface CostlyMetrics {
  readonly names: readonly string[];
  readonly tools: PathTools;
}

/**
 * The figures of the metrics by name: of those without a cost and those that are asked for. Figures without meaning for this path are
 * left out.
 *
 * @throws {PluginError} When a metric without a cost uses the models.
 */
export async function pathFigures(
  host: PluginHost,
  record: PathRecord,
  costly?: CostlyMetrics,
): Promise<Record<string, number>> {
  const told: [string, number][] = [];
  for (const metric of host.members(metrics)) {
    if (metric.cost === undefined) {
      told.push(...Object.entries(await metric.measure(record, withheld(host, metric.name))));
    } else if (costly?.names.includes(metric.name)) {
      told.push(...Object.entries(await metric.measure(record, costly.tools)));
    }
  }
  return Object.fromEntries(told.filter(([, value]) => Number.isFinite(value)));
}

/** Models that may not be used. */
function withheld(host: PluginHost, name: string): PathTools {
  return new Proxy({} as PathTools, {
    get() {
      const { id } = host.pluginOf(metrics, name);
      throw new PluginError(id, `the metric "${name}" uses the models, so it must have a cost`);
    },
  });
}
