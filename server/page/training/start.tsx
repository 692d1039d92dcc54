/** A new training: which task, and its form with what is sensible filled in. */

import { useState } from "preact/hooks";
import type { Schema } from "../form/schema.ts";
import type { Task } from "../jobs/operations.ts";
import { DATASETS } from "../form/operations.ts";
import { TaskForm } from "../jobs/start.tsx";
import { useQuery } from "../shared/query.ts";

interface Known {
  readonly datasets: readonly ({ id: string; imageShape: readonly number[] } | null)[];
}

/** The form of a task that trains. */
export function NewTraining({ tasks }: { tasks: readonly Task[] }) {
  const { data, trouble } = useQuery<Known>(DATASETS);
  const [name, setName] = useState("trainEncoder");
  const task = tasks.find((task) => task.name === name) ?? tasks[0];
  if (!task) {
    return (
      <section class="empty aside">
        <h2>Nothing that is installed trains</h2>
        <p class="note">A plugin may bring a task whose name begins with “train”.</p>
      </section>
    );
  }
  if (!data) return <p class="note" role="status">{trouble || "Loading …"}</p>;
  const dataset = data.datasets.find((each) => each !== null);
  return (
    <div class="training">
      {tasks.length > 1 && (
        <div class="tabs" role="group" aria-label="What to train">
          {tasks.map(({ name }) => (
            <button
              key={name}
              type="button"
              aria-pressed={name === task.name}
              onClick={() => setName(name)}
            >
              {name}
            </button>
          ))}
        </div>
      )}
      <TaskForm
        key={task.name}
        task={task}
        options={sensible(task.optionsSchema, dataset ?? undefined)}
        view="training"
      />
    </div>
  );
}

/** The first data set, and for a Diffusion Autoencoder a small preset of its image size: an evening on a CPU, not a week. */
function sensible(
  { properties = {} }: Schema,
  dataset: { id: string; imageShape: readonly number[] } | undefined,
): object {
  const presets = properties.encoder?.properties?.dae?.properties?.preset?.enum ?? [];
  const preset = [`tiny${dataset?.imageShape[1]}`, `small${dataset?.imageShape[1]}`]
    .find((name) => presets.includes(name));
  return {
    ...(properties.dataset && dataset && { dataset: dataset.id }),
    ...(preset && { encoder: { dae: { preset, steps: 2000 } } }),
  };
}
