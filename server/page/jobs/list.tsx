/** The list of jobs, the newest first, of one task, state or time when asked. */

import { useState } from "preact/hooks";
import { addressOf } from "../shared/address.ts";
import { request } from "../shared/client.ts";
import { type Job, JOBS, type Jobs, type JobState, TASK_NAMES } from "./operations.ts";
import { useImageNames } from "./image_names.ts";
import { JobRow } from "./row.tsx";
import { useQuery, useReading } from "../shared/query.ts";
import { dayStart } from "./times.ts";

/** Jobs that are shown at first, those that are asked for at once, and how often they are read again, in ms. */
const PAGE = 30;
const AT_ONCE = 100;
const REFRESH = 2000;

const STATES: readonly JobState[] = ["QUEUED", "RUNNING", "DONE", "FAILED", "CANCELLED"];

/** What is looked for; empty where it does not matter. Days are as `2026-01-31`. */
const ALL = { task: "", state: "", text: "", from: "", to: "" };

/** The list. */
export function JobList({ chosen }: { chosen: string | null }) {
  const [asked, setAsked] = useState(ALL);
  const [count, setCount] = useState(PAGE);
  const { task, state, text, from, to } = asked;
  const only = {
    ...{ task: task || null, state: state || null, text: text.trim() || null },
    ...{ since: dayStart(from), until: dayStart(to, 1) },
  };
  // All that are shown are read anew: jobs come in above and change their state, and none falls between two answers.
  const { data, trouble } = useReading(
    () => newest(only, count),
    JSON.stringify([only, count]),
    REFRESH * Math.ceil(count / AT_ONCE),
  );
  const { data: names } = useQuery<{ tasks: { name: string }[] }>(TASK_NAMES);
  const images = useImageNames();
  const jobs = data?.nodes ?? [];
  /** A field by what it looks for. */
  const filter = (name: keyof typeof ALL) => ({
    value: asked[name],
    onInput: (event: { currentTarget: HTMLSelectElement | HTMLInputElement }) => {
      setAsked({ ...asked, [name]: event.currentTarget.value });
      setCount(PAGE);
    },
  });
  return (
    <section class="joblist" aria-label="What ran">
      <div class="bar">
        <select aria-label="Task" {...filter("task")}>
          <option value="">All tasks</option>
          {names?.tasks.map(({ name }) => <option key={name} value={name}>{name}</option>)}
        </select>
        <select aria-label="State" {...filter("state")}>
          <option value="">In any state</option>
          {STATES.map((name) => <option key={name} value={name}>{name.toLowerCase()}</option>)}
        </select>
        <input type="search" aria-label="Words" placeholder="Words or id" {...filter("text")} />
        <div class="days">
          <label>
            From <input type="date" max={to || undefined} {...filter("from")} />
          </label>
          <label>
            To <input type="date" min={from || undefined} {...filter("to")} />
          </label>
        </div>
      </div>
      {!data && <p class="note" role="status">{trouble || "Loading …"}</p>}
      {data && !jobs.length && <Nothing filtered={Object.values(asked).some(Boolean)} />}
      <ul class="rows">
        {jobs.map((job) => (
          <JobRow
            key={job.id}
            job={job}
            chosen={job.id === chosen}
            view="jobs"
            images={images}
          />
        ))}
      </ul>
      {data?.more && (
        <button
          type="button"
          class="full"
          onClick={() => setCount((data?.nodes.length ?? 0) + AT_ONCE)}
        >
          Older jobs
        </button>
      )}
    </section>
  );
}

interface Newest {
  readonly nodes: readonly Job[];
  /** Whether there are older ones. */
  readonly more: boolean;
}

/** The newest jobs, about so many. */
async function newest(only: object, count: number): Promise<Newest> {
  const nodes: Job[] = [];
  let page: Jobs["jobs"] | undefined;
  while (!page || (page.pageInfo.hasNextPage && nodes.length < count)) {
    const first = Math.min(AT_ONCE, count - nodes.length);
    const after = page?.pageInfo.endCursor;
    page = (await request<Jobs>(JOBS, { ...only, first, after })).jobs;
    nodes.push(...page.nodes);
  }
  return { nodes, more: page.pageInfo.hasNextPage };
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
