/** Trainings: those that ran and run, one of them in detail, and a form for a new one. */

import { address, addressOf } from "../shared/address.ts";
import { request } from "../shared/client.ts";
import { isTraining } from "../jobs/actions.tsx";
import { type Job, JOBS, type Jobs, type Task, TASKS } from "../jobs/operations.ts";
import { JobRow } from "../jobs/row.tsx";
import { useJob } from "../jobs/read.ts";
import { useQuery, useReading } from "../shared/query.ts";
import { TrainingDetail } from "./detail.tsx";
import { NewTraining } from "./start.tsx";

/** How often lists and jobs are read again, in ms. */
const REFRESH = 2000;

/** The view. */
export function Trainings() {
  const { data, trouble } = useQuery<{ tasks: readonly Task[] }>(TASKS);
  return data
    ? <TrainingsOf tasks={data.tasks.filter(({ name }) => isTraining(name))} />
    : <p class="note" role="status">{trouble || "Loading …"}</p>;
}

function TrainingsOf({ tasks }: { tasks: readonly Task[] }) {
  const names = tasks.map(({ name }) => name);
  const { data: jobs, trouble } = useReading(() => latest(names), names.join(), REFRESH);
  if (!jobs) return <p class="note" role="status">{trouble || "Loading …"}</p>;
  const asked = address.value.get("job");
  const fresh = address.value.get("show") === "new" || (!asked && !jobs.length);
  // On its own the view shows the latest, as there is room for it.
  const id = asked ?? jobs[0]?.id;
  return (
    <div class="sides" data-open={asked || fresh ? true : undefined}>
      <section class="joblist" aria-label="Trainings">
        <a
          class="action main full"
          href={addressOf("training", { show: "new" })}
          aria-current={fresh ? "true" : undefined}
        >
          New training
        </a>
        {!jobs.length && <p class="note">None has run yet.</p>}
        <ul class="rows">
          {jobs.map((job) => (
            <JobRow key={job.id} job={job} chosen={!fresh && job.id === id} view="training" />
          ))}
        </ul>
      </section>
      {fresh ? <NewTraining tasks={tasks} /> : <Watched key={id} id={id} />}
    </div>
  );
}

/** The newest trainings of all tasks that train. */
async function latest(names: readonly string[]): Promise<readonly Job[]> {
  const lists = await Promise.all(
    names.map((task) => request<Jobs>(JOBS, { task, first: 20 })),
  );
  return lists.flatMap(({ jobs }) => jobs.nodes)
    .sort((a, b) => b.createdAt.localeCompare(a.createdAt));
}

function Watched({ id }: { id: string }) {
  const { job, trouble, again } = useJob(id);
  if (!job) {
    return (
      <section class="detail-job" aria-busy={job === undefined}>
        <p class="note" role="status">
          {job === null ? "There is no such training. " : trouble || "Loading …"}
          {job === null && <a href={addressOf("training")}>All trainings</a>}
        </p>
      </section>
    );
  }
  return <TrainingDetail job={job} again={again} />;
}
