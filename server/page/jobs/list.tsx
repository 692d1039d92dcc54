/** The list of jobs, the newest first, of one task or state when asked. */

import { useState } from "preact/hooks";
import { addressOf } from "../shared/address.ts";
import { request } from "../shared/client.ts";
import { type Job, JOBS, type Jobs, type JobState, TASK_NAMES } from "./operations.ts";
import { useImageNames } from "./image_names.ts";
import { JobRow } from "./row.tsx";
import { useQuery, useReading } from "../shared/query.ts";

/** Jobs that are shown at first, those that are asked for at once, and how often they are read again, in ms. */
const PAGE = 30;
const AT_ONCE = 100;
const REFRESH = 2000;

const STATES: readonly JobState[] = ["QUEUED", "RUNNING", "DONE", "FAILED", "CANCELLED"];

/** The list. */
export function JobList({ chosen }: { chosen: string | null }) {
  const [task, setTask] = useState("");
  const [state, setState] = useState("");
  const [text, setText] = useState("");
  const [count, setCount] = useState(PAGE);
  const only = { task: task || null, state: state || null, text: text.trim() || null };
  // All that are shown are read anew: jobs come in above and change their state, and none falls between two answers.
  const { data, trouble } = useReading(
    () => newest(only, count),
    JSON.stringify([only, count]),
    REFRESH * Math.ceil(count / AT_ONCE),
  );
  const { data: names } = useQuery<{ tasks: { name: string }[] }>(TASK_NAMES);
  const images = useImageNames();
  const jobs = data?.nodes ?? [];
  const filter =
    (set: (value: string) => void) => (event: { currentTarget: HTMLSelectElement }) => {
      set(event.currentTarget.value);
      setCount(PAGE);
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
        <input
          type="search"
          aria-label="Words"
          placeholder="Words or id"
          value={text}
          onInput={({ currentTarget }) => {
            setText(currentTarget.value);
            setCount(PAGE);
          }}
        />
      </div>
      {!data && <p class="note" role="status">{trouble || "Loading …"}</p>}
      {data && !jobs.length && <Nothing filtered={Boolean(task || state || text)} />}
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
