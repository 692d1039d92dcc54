/** Several values of a kind: a list that grows, and a tuple of fixed length. */

/// <reference lib="dom" />

import { type FieldProps, labelOf, useField, useForm } from "./context.ts";
import { aboutOf, FramedGroup, Name } from "./framed.tsx";
import type { Field } from "./schema.ts";
import { draftOf, itemsOf, withPart } from "./values.ts";

/** Items one below the other, each with a button that takes it away. */
export function List({ field, draft, path, onChange }: FieldProps<Field & { kind: "list" }>) {
  const { Field } = useForm();
  const { id } = useField(path);
  const items = itemsOf(draft);
  const full = items.length >= (field.limits.most ?? Infinity);
  return (
    <FramedGroup path={path} legend={labelOf(field.key)} about={aboutOf(field)}>
      {items.map((item, i) => (
        <div class="item" key={i}>
          <Field
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
    </FramedGroup>
  );
}

/** Values side by side. */
export function Tuple({ field, draft, path, onChange }: FieldProps<Field & { kind: "tuple" }>) {
  const { Field } = useForm();
  const items = itemsOf(draft);
  return (
    <FramedGroup path={path} legend={<Name field={field} />} about={aboutOf(field)}>
      <div class="inputs">
        {field.parts.map((part, i) => (
          <Field
            key={part.key}
            field={part}
            path={[...path, part.key]}
            draft={items[i]}
            onChange={(value) => onChange(withPart(items, String(i), value))}
          />
        ))}
      </div>
    </FramedGroup>
  );
}
