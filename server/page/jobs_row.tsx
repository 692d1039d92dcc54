/** One job in a list. */

import { addressOf } from "./address.ts";
import type { Job } from "./jobs_operations.ts";
import { JobProgress, State } from "./jobs_state.tsx";
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

/** What tells a job from others of its task: texts and numbers of its options, chosen plugins, the seed. */
export function summaryOf({ options, seed }: Pick<Job, "options" | "seed">): string {
  const words = Object.entries(options).flatMap(([key, value]) => {
    if (key === "split" || key === "index") return [`${key} ${value}`];
    if (typeof value === "string") return [value];
    const names = value && typeof value === "object" ? Object.keys(value) : [];
    return names.length === 1 ? names : [];
  });
  return [...words.slice(0, 5), ...(seed ? [`seed ${seed}`] : [])].join(" · ");
}
