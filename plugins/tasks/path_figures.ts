/** What the family `metrics` says about a path. */

import { type Host, metrics, type PathRecord } from "@countergrade/countergrade";

/** All figures of all metrics by name; those without meaning for this path are left out. */
export function pathFigures(host: Host, record: PathRecord): Record<string, number> {
  const figures = host.members(metrics).flatMap((metric) => Object.entries(metric.measure(record)));
  return Object.fromEntries(figures.filter(([, value]) => Number.isFinite(value)));
}
