/** Fields of a single input: a line, a choice of words, a box to tick. */

import { type FieldProps, labelOf, useField } from "./context.ts";
import { aboutOf, Framed, Remarks } from "./framed.tsx";
import type { Field } from "./schema.ts";

type Lines = Field & { kind: "number" | "integer" | "text" | "row" | "json" };

/** A line of text. */
export function Text(props: FieldProps<Lines>) {
  const { field, draft, path, onChange } = props;
  const { input } = useField(path);
  const { fallback } = field;
  const numbers = field.kind === "integer"
    ? "numeric"
    : field.kind === "number"
    ? "decimal"
    : undefined;
  return (
    <Framed {...props}>
      <input
        {...input}
        type="text"
        autocomplete="off"
        spellcheck={false}
        inputMode={numbers}
        value={String(draft ?? "")}
        placeholder={fallback === undefined ? undefined : shown(fallback)}
        onInput={({ currentTarget }) => onChange(currentTarget.value)}
      />
    </Framed>
  );
}

/** One of some words. */
export function Option(props: FieldProps<Field & { kind: "option" }>) {
  const { field: { texts, fallback, required }, draft, path, onChange } = props;
  const { input } = useField(path);
  return (
    <Framed {...props}>
      <select
        {...input}
        value={String(draft ?? "")}
        onChange={({ currentTarget }) => onChange(currentTarget.value)}
      >
        <option value="">
          {fallback !== undefined ? `${fallback} (default)` : required ? "Choose …" : "–"}
        </option>
        {texts.filter((text) => text !== fallback).map((text) => (
          <option key={text} value={text}>{text}</option>
        ))}
      </select>
    </Framed>
  );
}

/** Yes or no. */
export function Tick(
  { field, draft, path, onChange }: FieldProps<Field & { kind: "boolean" }>,
) {
  const { id, error, input } = useField(path);
  return (
    <div class="input tick" data-wrong={error ? true : undefined}>
      <label for={id}>
        <input
          {...input}
          type="checkbox"
          checked={Boolean(draft ?? field.fallback)}
          onChange={({ currentTarget }) => onChange(currentTarget.checked)}
        />
        {labelOf(field.key)}
      </label>
      <Remarks id={id} error={error} about={aboutOf(field)} />
    </div>
  );
}

/** A default, in one line. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return value.join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
