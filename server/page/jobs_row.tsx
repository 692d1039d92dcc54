/** One job in a list. */

import { addressOf } from "./address.ts";
import type { Job } from "./jobs_operations.ts";
import { JobProgress, State } from "./jobs_state.tsx";
import { summaryOf } from "./jobs_summary.ts";
import { ago, clock, runTime } from "./jobs_times.ts";

/** A link to the job in a view. */
export function JobRow({ job, chosen, view }: { job: Job; chosen: boolean; view: string }) {
  const { id, task, state, createdAt } = job;
  const time = runTime(job);
  return (
    <li>
      <a
        class="row"
        href={addressOf(view, { job: id })}
        aria-current={chosen ? "true" : undefined}
      >
        <b>{task}</b>
        <State state={state} />
        <span class="quiet">{summaryOf(job)}</span>
        <span class="quiet time" title={`${clock(createdAt)}${time ? `, took ${time}` : ""}`}>
          {ago(createdAt)}
        </span>
        {state === "RUNNING" && <JobProgress progress={job.progress} />}
      </a>
    </li>
  );
}
