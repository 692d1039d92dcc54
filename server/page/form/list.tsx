/** Several values of a kind: a list that grows, and a tuple of fixed length. */

/// <reference lib="dom" />

import { type FieldProps, labelOf, useField } from "./context.ts";
import { aboutOf, FieldError, FormField } from "./field.tsx";
import type { Field } from "./schema.ts";
import { draftOf, itemsOf, withPart } from "./values.ts";

/** Items one below the other, each with a button that takes it away. */
export function List({ field, draft, path, onChange }: FieldProps<Field & { kind: "list" }>) {
  const { id, error } = useField(path);
  const items = itemsOf(draft);
  const full = items.length >= (field.limits.most ?? Infinity);
  return (
    <fieldset class="group" data-wrong={error ? true : undefined}>
      <legend>{labelOf(field.key)}</legend>
      <FieldError id={id} error={error} />
      <small class="about" id={`${id}-about`}>{aboutOf(field)}</small>
      {items.map((item, i) => (
        <div class="item" key={i}>
          <FormField
            field={{ ...field.item, key: String(i) }}
            path={[...path, String(i)]}
            draft={item}
            onChange={(value) => onChange(withPart(items, String(i), value))}
          />
          <button
            type="button"
            aria-label={`Remove ${labelOf(field.key).toLowerCase()} ${i + 1}`}
            onClick={() => onChange(items.filter((_, k) => k !== i))}
          >
            ✕
          </button>
        </div>
      ))}
      <button
        type="button"
        id={id}
        disabled={full}
        onClick={() => onChange([...items, draftOf(field.item)])}
      >
        Add
      </button>
    </fieldset>
  );
}

/** Values side by side. */
export function Tuple({ field, draft, path, onChange }: FieldProps<Field & { kind: "tuple" }>) {
  const { id, error } = useField(path);
  const items = itemsOf(draft);
  return (
    <fieldset class="group" data-wrong={error ? true : undefined}>
      <legend>
        {labelOf(field.key)}
        {!field.required && <small>optional</small>}
      </legend>
      <FieldError id={id} error={error} />
      <small class="about" id={`${id}-about`}>{aboutOf(field)}</small>
      <div class="inputs">
        {field.parts.map((part, i) => (
          <FormField
            key={part.key}
            field={part}
            path={[...path, part.key]}
            draft={items[i]}
            onChange={(value) => onChange(withPart(items, String(i), value))}
          />
        ))}
      </div>
    </fieldset>
  );
}
