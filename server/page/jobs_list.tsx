/** The list of jobs, the newest first, of one task or state when asked. */

import { useState } from "preact/hooks";
import { addressOf } from "./address.ts";
import { request } from "./client.ts";
import { type Job, JOBS, type Jobs, type JobState, TASK_NAMES } from "./jobs_operations.ts";
import { JobRow } from "./jobs_row.tsx";
import { troubleOf, useQuery } from "./query.ts";

/** Jobs that are asked for at once, and how often the first of them are read again, in ms. */
const PAGE = 30;
const REFRESH = 2000;

const STATES: readonly JobState[] = ["QUEUED", "RUNNING", "DONE", "FAILED", "CANCELLED"];

/** The list. */
export function JobList({ chosen }: { chosen: string | null }) {
  const [task, setTask] = useState("");
  const [state, setState] = useState("");
  const [older, setOlder] = useState<OlderJobs>({ nodes: [] });
  const only = { task: task || null, state: state || null };
  const { data, trouble } = useQuery<Jobs>(JOBS, { ...only, first: PAGE }, REFRESH);
  const { data: names } = useQuery<{ tasks: { name: string }[] }>(TASK_NAMES);
  const first = data?.jobs.nodes ?? [];
  const seen = new Set(first.map(({ id }) => id));
  const jobs = [...first, ...older.nodes.filter(({ id }) => !seen.has(id))];
  const end = older.end === undefined ? endOf(data) : older.end;
  const showOlder = async () => {
    try {
      const more = await request<Jobs>(JOBS, { ...only, first: PAGE, after: end });
      setOlder({ nodes: [...older.nodes, ...more.jobs.nodes], end: endOf(more) });
    } catch (error) {
      setOlder({ ...older, trouble: troubleOf(error) });
    }
  };
  const filter =
    (set: (value: string) => void) => (event: { currentTarget: HTMLSelectElement }) => {
      set(event.currentTarget.value);
      setOlder({ nodes: [] });
    };
  return (
    <section class="joblist" aria-label="What ran">
      <div class="bar">
        <select aria-label="Task" value={task} onChange={filter(setTask)}>
          <option value="">All tasks</option>
          {names?.tasks.map(({ name }) => <option key={name} value={name}>{name}</option>)}
        </select>
        <select aria-label="State" value={state} onChange={filter(setState)}>
          <option value="">In any state</option>
          {STATES.map((name) => <option key={name} value={name}>{name.toLowerCase()}</option>)}
        </select>
      </div>
      {!data && <p class="note" role="status">{trouble || "Loading …"}</p>}
      {data && !jobs.length && <Nothing filtered={Boolean(task || state)} />}
      <ul class="rows">
        {jobs.map((job) => (
          <JobRow
            key={job.id}
            job={job}
            chosen={job.id === chosen}
            view="jobs"
          />
        ))}
      </ul>
      {older.trouble && <p class="problem" role="alert">{older.trouble}</p>}
      {jobs.length > 0 && end && (
        <button type="button" class="full" onClick={showOlder}>Older jobs</button>
      )}
    </section>
  );
}

interface OlderJobs {
  readonly nodes: readonly Job[];
  /** Where they end; null when there are no more, undefined before any were asked for. */
  readonly end?: string | null;
  readonly trouble?: string;
}

function endOf(page: Jobs | undefined): string | null {
  const info = page?.jobs.pageInfo;
  return info?.hasNextPage ? info.endCursor : null;
}

function Nothing({ filtered }: { filtered: boolean }) {
  return (
    <p class="note">
      {filtered ? "No job is like that." : (
        <>
          Nothing has run yet. <a href={addressOf("jobs", { show: "start" })}>Start a task</a>{" "}
          or open the <a href={addressOf("explorer")}>explorer</a>.
        </>
      )}
    </p>
  );
}
