/** The parts of a store in SQL, which all databases share. */

import type { Store } from "../store.ts";
import { SqlAccess } from "./access.ts";
import { SqlArtifacts } from "./artifacts.ts";
import { SqlCheckpoints } from "./checkpoints.ts";
import type { Dialect } from "./dialect.ts";
import { SqlEvents } from "./events.ts";
import { SqlJobs } from "./jobs.ts";
import { SqlKeeping } from "./keeping.ts";
import { SqlQueue } from "./queue.ts";
import { type InSteps, type Steps, taken } from "./steps.ts";

/** How long things last, in ms. */
export interface Times {
  /** How long a job stays with an owner that gives no sign. */
  readonly lease: number;
  /** How long a job rests after its second crash. */
  readonly rest: number;
}

/** All of a store but its ends: what rings, and how it is closed. */
export type Parts = Omit<Store, "bus" | "close">;

/** The parts of a store whose steps `run` takes. */
export function sqlParts(
  dialect: Dialect,
  times: Times,
  run: (steps: () => Steps<unknown>) => unknown,
): Parts {
  const access = new SqlAccess(dialect);
  const jobs = new SqlJobs(dialect);
  const events = new SqlEvents(dialect, jobs);
  const artifacts = new SqlArtifacts(dialect, access, jobs);
  const parts: { [Name in keyof Parts]: InSteps<Parts[Name]> } = {
    access,
    jobs,
    events,
    artifacts,
    keeping: new SqlKeeping(artifacts),
    checkpoints: new SqlCheckpoints(jobs),
    queue: new SqlQueue({ dialect, access, jobs, events, ...times }),
  };
  return Object.fromEntries(
    Object.entries(parts).map(([name, part]) => [name, taken(part as InSteps<object>, run)]),
  ) as unknown as Parts;
}
