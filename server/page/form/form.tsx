/** A form for the options of any task, made from their JSON schema. */

/// <reference lib="dom" />

import { useEffect, useId, useMemo, useRef, useState } from "preact/hooks";
import { request } from "../shared/client.ts";
import { FormContext } from "./context.ts";
import { FormField } from "./field.tsx";
import { Parts } from "./group.tsx";
import { type Field, fieldOf, type Schema } from "./schema.ts";
import { type Complaint, type Draft, draftOf, pathsOf, placed, valueOf } from "./values.ts";
import { START_JOB, type StartedJob } from "./operations.ts";
import { troubleOf } from "../shared/query.ts";

interface Props {
  readonly task: string;
  readonly schema: Schema;
  /** What is filled in at first; the rest is left to the defaults. */
  readonly options?: unknown;
  readonly seed?: number;
  onStart(job: string): void;
}

const SEED: Field = {
  key: "seed",
  kind: "integer",
  description: "The same options and seed give the same result",
  required: false,
  fallback: 0,
  limits: {},
};

/** The form. It starts the task, or shows at each field what is wrong with it. */
export function Form({ task, schema, options, seed, onStart }: Props) {
  const root = useMemo(() => fieldOf("", schema), [schema]);
  const [draft, setDraft] = useState<Draft>(() => draftOf(root, options ?? {}));
  const [seedDraft, setSeedDraft] = useState<Draft>(() => draftOf(SEED, seed));
  const [errors, setErrors] = useState<Readonly<Record<string, string>>>({});
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const id = useId();

  const complain = (complaints: readonly Complaint[]) => {
    const paths = new Set([...pathsOf(root, draft), "seed"]);
    setErrors(placed(complaints, (path) => paths.has(path)));
  };
  useEffect(() => {
    form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [errors]);

  const submit = async (event: Event) => {
    event.preventDefault();
    const wrong: Complaint[] = [];
    const values = valueOf(root, draft, [], wrong);
    const seed = valueOf(SEED, seedDraft, ["seed"], wrong) ?? 0;
    if (wrong.length) return complain(wrong);
    setErrors({});
    setBusy(true);
    try {
      const input = { task, options: values, seed };
      const { started: { job, errors } } = await request<StartedJob>(START_JOB, { input });
      if (job) onStart(job.id);
      else complain(errors.map((error) => ({ path: error.path, message: withoutPath(error) })));
    } catch (error) {
      complain([{ path: [], message: troubleOf(error) }]);
    } finally {
      setBusy(false);
    }
  };
  const context = useMemo(() => ({ id, errors, Field: FormField }), [id, errors]);
  return (
    <FormContext.Provider value={context}>
      <form ref={form} onSubmit={submit} noValidate aria-busy={busy}>
        {root.kind === "object" && (
          <Parts parts={root.parts} draft={draft} path={[]} onChange={setDraft} />
        )}
        <div class="inputs">
          <FormField field={SEED} path={["seed"]} draft={seedDraft} onChange={setSeedDraft} />
        </div>
        {errors[""] && <p class="problem" role="alert">{errors[""]}</p>}
        <button type="submit" class="main" disabled={busy}>
          {busy ? "Starting …" : "Start"}
        </button>
      </form>
    </FormContext.Provider>
  );
}

/** What a message says behind the path: the field that it is shown at says that already. */
function withoutPath({ message, path }: { message: string; path: readonly string[] }): string {
  return path.length ? message.split(`${path.join(".")}: `).at(-1)! : message;
}
