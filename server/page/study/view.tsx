/** The reader study: set up, read with the keyboard alone, and told what came out. */

/// <reference lib="dom" />

import { useEffect, useState } from "preact/hooks";
import { everyNode } from "../shared/pages.ts";
import { type Model, MODELS } from "../shared/operations.ts";
import { inOrder } from "../shared/model_order.ts";
import {
  type JudgeChoice,
  judgeFrom,
  judgesOf,
  judgeText,
  loadJudges,
  type StoredJudges,
} from "../shared/judges.ts";
import { useReading } from "../shared/query.ts";
import { Findings } from "./findings.tsx";
import { prepare } from "./prepare.ts";
import { Reader } from "./reader.tsx";
import { planOf, type Reading, type StudyItem } from "./study.ts";

/** What a study is of. */
interface Setting {
  readonly model: Model;
  readonly split: string;
  readonly count: number;
  readonly seed: number;
  readonly reader: string;
  readonly judge: JudgeChoice | undefined;
}

/** The view. */
export function Study() {
  const { data, trouble } = useReading(
    async () => ({
      models: inOrder(await everyNode<Model>(MODELS)),
      judges: await loadJudges(),
    }),
    "models",
  );
  const [setting, setSetting] = useState<Setting>();
  if (!data) return <p class="note" role="status">{trouble || "Loading …"}</p>;
  const models = data.models.filter(({ dataset, encoder, scale }) =>
    dataset && encoder && scale.type !== "CONTINUOUS" && scale.names.length <= 10
  );
  if (setting) return <Running setting={setting} again={() => setSetting(undefined)} />;
  return <SetUp models={models} judges={data.judges} start={setSetting} />;
}

function SetUp({ models, judges, start }: {
  models: readonly Model[];
  judges: StoredJudges;
  start(setting: Setting): void;
}) {
  const [id, setId] = useState(models[0]?.id ?? "");
  const model = models.find((model) => model.id === id);
  const opinions = model ? judgesOf(model, models, judges) : [];
  const splits = model?.dataset?.splits.filter(({ size }) => size > 0) ?? [];
  const submit = (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    start({
      model: model!,
      split: String(form.get("split")),
      count: Number(form.get("count")),
      seed: Number(form.get("seed")),
      reader: String(form.get("reader")),
      judge: judgeFrom(form.get("judge") as string | null),
    });
  };
  return (
    <section class="study-setup" aria-label="Reader study">
      <h2>A blind reader study</h2>
      <p>
        Real, reconstructed and edited images are mixed. For each you say its grade, and whether it
        is real, with the keyboard alone: about two minutes for twenty. Then you see how well you
        agree with what was asked for, with the labels, and with the grader.
      </p>
      {models.length === 0
        ? <p class="note">There is no model with grades and its data set yet.</p>
        : (
          <form onSubmit={submit}>
            <label>
              Model
              <select value={id} onChange={({ currentTarget }) => setId(currentTarget.value)}>
                {models.map(({ id, title, dataset }) => (
                  <option key={id} value={id}>{title}, {dataset!.title}</option>
                ))}
              </select>
            </label>
            <label>
              Images of
              <select name="split">
                {[
                  ...splits.filter(({ name }) => name !== "train"),
                  ...splits.filter(({ name }) => name === "train"),
                ].map(({ name, size }) => <option key={name} value={name}>{name} ({size})</option>)}
              </select>
            </label>
            <label>
              How many
              <input type="number" name="count" min={3} max={200} value={20} required />
            </label>
            <label>
              Seed <small>the same for all readers of a study</small>
              <input type="number" name="seed" min={0} max={999999} value={1} required />
            </label>
            <label>
              Reader <small>no name is needed</small>
              <input type="text" name="reader" maxLength={40} placeholder="reader 1" />
            </label>
            {opinions.length > 0 && (
              <label>
                Second opinion <small>reads the same pictures</small>
                <select name="judge">
                  <option value="">nobody’s</option>
                  {opinions.map((one) => (
                    <option key={one.id} value={judgeText(one)}>{one.title}</option>
                  ))}
                </select>
              </label>
            )}
            <button type="submit" class="main">Begin</button>
          </form>
        )}
    </section>
  );
}

function Running({ setting, again }: { setting: Setting; again(): void }) {
  const { model, split, count, seed, reader, judge } = setting;
  const [items, setItems] = useState<readonly (StudyItem | undefined)[]>([]);
  const [readings, setReadings] = useState<readonly Reading[]>([]);
  const [trouble, setTrouble] = useState("");
  const size = model.dataset!.splits.find(({ name }) => name === split)!.size;
  const total = Math.min(count, size);
  useEffect(() => {
    const leaving = new AbortController();
    const plans = planOf({ count: total, images: size, grades: model.scale.names.length, seed });
    const tell = (place: number, item: StudyItem) =>
      setItems((before) => {
        const next = [...before];
        next[place] = item;
        return next;
      });
    prepare(model, judge, split, plans, tell, leaving.signal)
      .catch((error) => leaving.signal.aborted || setTrouble((error as Error).message));
    return () => leaving.abort();
  }, []);
  if (readings.length === total) {
    return (
      <Findings
        items={items as readonly StudyItem[]}
        readings={readings}
        reader={reader}
        title={`${model.dataset!.id}-${split}-seed${seed}`}
        again={again}
      />
    );
  }
  const place = readings.length;
  return (
    <Reader
      key={place}
      item={items[place]}
      place={place}
      total={total}
      names={model.scale.names}
      trouble={trouble}
      tell={(answer) => setReadings([...readings, { ...answer, item: place }])}
      back={place ? () => setReadings(readings.slice(0, -1)) : undefined}
    />
  );
}
