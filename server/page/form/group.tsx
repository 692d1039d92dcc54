/** Fields that belong together: a group of options, and a choice of one plugin with its own. */

import { useState } from "preact/hooks";
import { type FieldProps, labelOf, useErrorsBelow, useField, useForm } from "./context.ts";
import { aboutOf, FramedGroup } from "./framed.tsx";
import type { Field } from "./schema.ts";
import { chosenIn, type Draft, draftOf, partsOf, valueOf, withPart } from "./values.ts";

/** More optional fields than these are folded away. */
const SHOWN = 4;

/** A group; an optional one is left out until its box is ticked. */
export function Group(props: FieldProps<Field & { kind: "object" }>) {
  const { field, draft, path, onChange } = props;
  const { input } = useField(path);
  const optional = !field.required && field.fallback === undefined;
  const name = labelOf(field.key);
  const box = (
    <label>
      <input
        {...input}
        type="checkbox"
        checked={draft !== undefined}
        onChange={({ currentTarget }) =>
          onChange(currentTarget.checked ? draftOf(field, {}) : undefined)}
      />
      {name}
    </label>
  );
  return (
    <FramedGroup path={path} legend={optional ? box : name} about={aboutOf(field)}>
      {draft !== undefined && <Parts {...props} parts={field.parts} />}
    </FramedGroup>
  );
}

/** One plugin of a family, and its options. */
export function Choice(props: FieldProps<Field & { kind: "choice" }>) {
  const { field, draft, path, onChange } = props;
  const { id, input } = useField(path);
  const chosen = chosenIn(field, draft);
  const choose = (name: string) => {
    const member = field.parts.find(({ key }) => key === name);
    const known = member && (partsOf(draft)[`of ${name}`] ?? draftOf(member));
    onChange({ ...partsOf(draft), chosen: name, ...(member && { [`of ${name}`]: known }) });
  };
  const menu = (
    <select
      {...input}
      value={chosen?.member.key ?? ""}
      onChange={({ currentTarget }) => choose(currentTarget.value)}
    >
      {!field.required && field.fallback === undefined && <option value="">–</option>}
      {field.parts.map(({ key }) => <option key={key} value={key}>{key}</option>)}
    </select>
  );
  return (
    <FramedGroup
      path={path}
      legend={<label for={id}>{labelOf(field.key)}</label>}
      about={aboutOf(chosen?.member ?? field)}
      choice={menu}
    >
      {chosen?.member.kind === "object" && (
        <Parts
          parts={chosen.member.parts}
          draft={chosen.draft}
          path={[...path, chosen.member.key]}
          onChange={(part) => onChange(withPart(draft, chosen.key, part))}
        />
      )}
    </FramedGroup>
  );
}

interface PartsProps {
  readonly parts: readonly Field[];
  readonly draft: Draft;
  readonly path: readonly string[];
  onChange(draft: Draft): void;
}

/** The fields of a group: first those that must be filled in, then the others, folded away where they are many. */
export function Parts({ parts, draft, path, onChange }: PartsProps) {
  const { Field } = useForm();
  const isWrong = useErrorsBelow(path);
  const field = (part: Field) => (
    <Field
      key={part.key}
      field={part}
      path={[...path, part.key]}
      draft={partsOf(draft)[part.key]}
      onChange={(value) => onChange(withPart(draft, part.key, value))}
    />
  );
  // What to work on is the first question, even where there are several ways to say it.
  const first = parts.filter(({ required, kind }) =>
    required || kind === "choice" || kind === "reference"
  );
  const rest = parts.filter((part) => !first.includes(part));
  const isUsed = (part: Field) => {
    const value = valueOf(part, partsOf(draft)[part.key], [], []);
    return value !== undefined && !(part.kind === "object" && part.fallback !== undefined);
  };
  const used = rest.filter(isUsed).length;
  const [open, setOpen] = useState(used > 0 || first.length === 0);
  return (
    <>
      <div class="inputs">{first.map(field)}</div>
      {rest.length > SHOWN
        ? (
          <details
            class="more"
            open={open || rest.some(({ key }) => isWrong(key))}
            onToggle={({ currentTarget }) => setOpen(currentTarget.open)}
          >
            <summary>
              {rest.length} {first.length > 0 && "more "}options{used > 0 && `, ${used} set`}
            </summary>
            <div class="inputs">{rest.map(field)}</div>
          </details>
        )
        : <div class="inputs">{rest.map(field)}</div>}
    </>
  );
}
