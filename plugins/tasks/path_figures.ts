/** What the family `metrics` says about a path. */

import { type Host, metrics, type PathRecord, type PathTools } from "@countergrade/countergrade";

/**
 * The figures of the metrics by name: of those without a cost and those that are asked for. Figures without meaning for this path are
 * left out.
 */
export async function pathFigures(
  host: Host,
  record: PathRecord,
  tools: PathTools,
  costly: readonly string[] = [],
): Promise<Record<string, number>> {
  const told: [string, number][] = [];
  for (const { name, cost, measure } of host.members(metrics)) {
    if (cost !== undefined && !costly.includes(name)) continue;
    told.push(...Object.entries(await measure(record, tools)));
  }
  return Object.fromEntries(told.filter(([, value]) => Number.isFinite(value)));
}
