/** The options of a plugin's part, with their defaults and limits. */

import { aboutOf } from "../form/framed.tsx";
import { type Field, fieldOf, type Schema } from "../form/schema.ts";

/** A table of the options; those of groups and choices follow theirs, named with dots. */
export function OptionsTable({ schema }: { schema: Schema }) {
  return (
    <div class="scroll" role="group" aria-label="Options" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">Option</th>
            <th scope="col">Default</th>
            <th scope="col">About</th>
          </tr>
        </thead>
        <tbody>
          {flat(fieldOf("", schema)).map(({ name, field }) => (
            <tr key={name}>
              <th scope="row">
                <code>{name}</code>
              </th>
              <td>{defaultOf(field)}</td>
              <td>{aboutOf(field)} {field.kind === "option" && field.texts.join(", ")}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function flat(field: Field, before = ""): { name: string; field: Field }[] {
  if (field.kind !== "object") return [];
  return field.parts.flatMap((part) => {
    const name = before + part.key;
    return [{ name, field: part }, ...flat(part, `${name}.`)];
  });
}

function defaultOf(field: Field) {
  if (field.required) return <b>required</b>;
  if (field.fallback === undefined) return <span class="quiet">–</span>;
  const { fallback } = field;
  if (field.kind === "choice") return Object.keys(fallback as object).join(", ");
  if (field.kind === "object") return <span class="quiet">–</span>;
  return typeof fallback === "string" ? fallback : JSON.stringify(fallback);
}
