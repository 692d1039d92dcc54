/** One field of a form: its label, its input, what it is about, and what is wrong with it. */

import type { ComponentChildren, JSX } from "preact";
import { type FieldProps, labelOf, useField } from "./context.ts";
import { Choice, Group } from "./group.tsx";
import { List, Tuple } from "./list.tsx";
import { Reference } from "./reference.tsx";
import { type Field, type Limits, wordsOf } from "./schema.ts";

type Of<Kind extends Field["kind"]> = Field & { kind: Kind };

/** How each kind of field looks. */
const LOOKS: { [Kind in Field["kind"]]: (props: FieldProps<Of<Kind>>) => JSX.Element } = {
  number: Text,
  integer: Text,
  text: Text,
  row: Text,
  json: Text,
  option: Option,
  boolean: Tick,
  reference: (props) => (
    <Framed {...props}>
      <Reference {...props} />
    </Framed>
  ),
  tuple: Tuple,
  list: List,
  object: Group,
  choice: Choice,
};

/** A field of any kind. */
export function FormField(props: FieldProps<Field>) {
  const Look = LOOKS[props.field.kind] as (props: FieldProps<Field>) => JSX.Element;
  return <Look {...props} />;
}

/** A field of one input, with its label above and its explanation below. */
export function Framed(
  { field, path, children }: FieldProps<Field> & { children: ComponentChildren },
) {
  const { id, error } = useField(path);
  return (
    <div class="input" data-wrong={error ? true : undefined}>
      <label for={id}>
        {labelOf(field.key)}
        {!field.required && <small>optional</small>}
      </label>
      {children}
      <FieldError id={id} error={error} />
      <small class="about" id={`${id}-about`}>{aboutOf(field)}</small>
    </div>
  );
}

/** What is wrong with a field. */
export function FieldError({ id, error }: { id: string; error?: string }) {
  return error ? <small class="wrong" id={`${id}-error`} role="alert">{error}</small> : null;
}

type Lines = Of<"number" | "integer" | "text" | "row" | "json">;

function Text(props: FieldProps<Lines>) {
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

function Option(props: FieldProps<Of<"option">>) {
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

function Tick({ field, draft, path, onChange }: FieldProps<Of<"boolean">>) {
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
      <FieldError id={id} error={error} />
      <small class="about" id={`${id}-about`}>{aboutOf(field)}</small>
    </div>
  );
}

/** What a field is about, with its limits in words. */
export function aboutOf(field: Field): string {
  const limits: Limits = "limits" in field ? field.limits : {};
  const words = wordsOf(limits);
  const unit = { row: " items, with commas between", list: " items", text: " characters" };
  const length = field.kind in unit ? unit[field.kind as keyof typeof unit] : "";
  const told = field.kind === "text" || field.kind === "reference"
    ? ""
    : words
    ? words + length
    : field.kind === "row"
    ? "With commas between"
    : field.kind === "json"
    ? "As JSON"
    : "";
  const sentence = told && `${told[0].toUpperCase()}${told.slice(1)}.`;
  const { description } = field;
  return [description && (/[.!?]$/.test(description) ? description : `${description}.`), sentence]
    .filter(Boolean).join(" ");
}

/** A default, in one line. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return value.join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
