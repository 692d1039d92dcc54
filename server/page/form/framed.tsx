/** What stands around every input: its label, what it is about, and what is wrong with it. */

import type { ComponentChildren } from "preact";
import { type FieldProps, labelOf, useField } from "./context.ts";
import { type Field, type Limits, wordsOf } from "./schema.ts";

/** A field of one input, with its label above and its explanation below. */
export function Framed(
  { field, path, children }: FieldProps<Field> & { children: ComponentChildren },
) {
  const { id, error } = useField(path);
  return (
    <div class="input" data-wrong={error ? true : undefined}>
      <label for={id}>
        <Name field={field} />
      </label>
      {children}
      <Remarks id={id} error={error} about={aboutOf(field)} />
    </div>
  );
}

/** What a field is called, and whether it may be left out. */
export function Name({ field }: { field: Field }) {
  return (
    <>
      {labelOf(field.key)}
      {!field.required && <small>optional</small>}
    </>
  );
}

interface FramedGroupProps {
  readonly path: readonly string[];
  readonly legend: ComponentChildren;
  readonly about: string;
  /** Stands above the explanation. */
  readonly choice?: ComponentChildren;
  readonly children?: ComponentChildren;
}

/** Several inputs that belong together, with a title above. */
export function FramedGroup({ path, legend, about, choice, children }: FramedGroupProps) {
  const { id, error } = useField(path);
  return (
    <fieldset class="group" data-wrong={error ? true : undefined}>
      <legend>{legend}</legend>
      {choice}
      <Remarks id={id} error={error} about={about} />
      {children}
    </fieldset>
  );
}

/** What is wrong with a field, and what it is about. */
export function Remarks({ id, error, about }: { id: string; error?: string; about: string }) {
  return (
    <>
      <FieldError id={id} error={error} />
      <small class="about" id={`${id}-about`}>{about}</small>
    </>
  );
}

function FieldError({ id, error }: { id: string; error?: string }) {
  return error ? <small class="wrong" id={`${id}-error`} role="alert">{error}</small> : null;
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
