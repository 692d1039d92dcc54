/** A new training: which task, and its form with what is sensible filled in. */

import { useState } from "preact/hooks";
import type { Schema } from "../form/schema.ts";
import { JOBS, type Jobs, type Task } from "../jobs/operations.ts";
import { DATASETS } from "../form/operations.ts";
import { TaskForm } from "../jobs/start.tsx";
import { useQuery } from "../shared/query.ts";
import { expectedTime, presetOf, type Size, SIZES } from "./sizes.ts";

interface Known {
  readonly datasets: readonly ({ id: string; imageShape: readonly number[] } | null)[];
}

/** The form of a task that trains. */
export function NewTraining({ tasks }: { tasks: readonly Task[] }) {
  const { data, trouble } = useQuery<Known>(DATASETS);
  const [name, setName] = useState("trainEncoder");
  const [size, setSize] = useState<Size>("medium");
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
      <SizePicker task={task} dataset={dataset ?? undefined} size={size} choose={setSize} />
      <TaskForm
        key={`${task.name} ${size}`}
        task={task}
        options={sensible(task.optionsSchema, dataset ?? undefined, size)}
        view="training"
      />
    </div>
  );
}

type OpenedDataset = { readonly id: string; readonly imageShape: readonly number[] } | undefined;

/** Small, medium, large, with the time that each takes here; nothing for tasks that have no presets. */
function SizePicker({ task, dataset, size, choose }: {
  task: Task;
  dataset: OpenedDataset;
  size: Size;
  choose(size: Size): void;
}) {
  const { data } = useQuery<Jobs>(JOBS, { task: task.name, first: 50 });
  const presets = presetsOf(task.optionsSchema);
  const shape = dataset?.imageShape;
  if (!presetOf(size, shape, presets)) return null;
  return (
    <section class="sizes" role="group" aria-label="How large">
      {Object.entries(SIZES).map(([name, { steps, about }]) => {
        const time = expectedTime(
          presetOf(name as Size, shape, presets)!,
          steps,
          data?.jobs.nodes ?? [],
        );
        return (
          <button
            key={name}
            type="button"
            aria-pressed={name === size}
            onClick={() => choose(name as Size)}
          >
            <b>{name}</b>
            <small>{steps.toLocaleString("en")} steps, {about}</small>
            <small>{time ? `about ${time} here` : "the time left is told after the start"}</small>
          </button>
        );
      })}
    </section>
  );
}

function presetsOf({ properties = {} }: Schema): readonly unknown[] {
  return properties.encoder?.properties?.dae?.properties?.preset?.enum ?? [];
}

/** The first data set, and for a Diffusion Autoencoder what the size means for its images. */
function sensible(schema: Schema, dataset: OpenedDataset, size: Size): object {
  const preset = presetOf(size, dataset?.imageShape, presetsOf(schema));
  return {
    ...(schema.properties?.dataset && dataset && { dataset: dataset.id }),
    ...(preset && { encoder: { dae: { preset, steps: SIZES[size].steps } } }),
  };
}
