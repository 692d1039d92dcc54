/** Any task, started from a form of its options. */

import { address, addressOf, go } from "../shared/address.ts";
import { Form } from "../form/form.tsx";
import { isTraining } from "./actions.tsx";
import { type Task, TASKS, WHOLE_JOB, type WholeJob } from "./operations.ts";
import { Row } from "./row.tsx";
import { useQuery } from "../shared/query.ts";

/** The tasks, and the form of the one that the address names. */
export function StartTask() {
  const { data, trouble } = useQuery<{ tasks: readonly Task[] }>(TASKS);
  const name = address.value.get("task");
  const like = address.value.get("like");
  if (!data) return <p class="note" role="status">{trouble || "Loading …"}</p>;
  const task = data.tasks.find((task) => task.name === name);
  return (
    <div class="sides" data-open={task ? true : undefined}>
      <section class="joblist" aria-label="Tasks">
        <ul class="rows">
          {data.tasks.map(({ name, description }) => (
            <Row
              key={name}
              href={addressOf("jobs", { show: "start", task: name })}
              chosen={name === task?.name}
            >
              <b>{name}</b>
              <span class="quiet text-line">{description}</span>
            </Row>
          ))}
        </ul>
      </section>
      {task
        ? like
          ? <FormLike key={`${name} ${like}`} task={task} job={like} />
          : <TaskForm key={name} task={task} />
        : (
          <section class="empty aside">
            <h2>Choose a task</h2>
            <p class="note">
              Everything that can be done, by every plugin that is installed. A form is made from
              its options.
            </p>
          </section>
        )}
    </div>
  );
}

/** The form with the options of an earlier job. */
function FormLike({ task, job }: { task: Task; job: string }) {
  const { data, trouble } = useQuery<{ job: WholeJob | null }>(WHOLE_JOB, { id: job });
  if (!data) return <p class="note" role="status">{trouble || "Loading …"}</p>;
  return <TaskForm task={task} options={data.job?.options} seed={data.job?.seed} />;
}

interface TaskFormProps {
  readonly task: Task;
  readonly options?: unknown;
  readonly seed?: number;
  /** The view that it stands in. */
  readonly view?: "jobs" | "training";
}

/** The form of a task, under its name. */
export function TaskForm({ task, options, seed, view = "jobs" }: TaskFormProps) {
  const { name, description, optionsSchema } = task;
  const started = (job: string) => go(addressOf(isTraining(name) ? "training" : "jobs", { job }));
  const back = view === "training" ? addressOf(view) : addressOf("jobs", { show: "start" });
  return (
    <section class="detail-job" aria-label={`Start ${name}`}>
      <a class="back" href={back}>‹ Back</a>
      <h2>{name}</h2>
      <p class="note">{description}</p>
      <Form task={name} schema={optionsSchema} options={options} seed={seed} onStart={started} />
    </section>
  );
}
