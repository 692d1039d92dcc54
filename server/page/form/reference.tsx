/** The id of something that there is: a data set, or an artifact of some kind. */

import { type FieldProps, useField } from "./context.ts";
import type { Field } from "./schema.ts";
import { ARTIFACTS, DATASETS, type Thing } from "./operations.ts";
import { useQuery } from "../shared/query.ts";

interface Things {
  readonly datasets?: readonly (Thing | null)[];
  readonly artifacts?: { nodes: readonly Thing[]; pageInfo: { hasNextPage: boolean } };
}

/** A choice of what there is; typed in where that is more than a list can hold. */
export function Reference({ field, draft, path, onChange }: FieldProps<
  Field & { kind: "reference" }
>) {
  const { id, input } = useField(path);
  const { to, required } = field;
  const { data } = useQuery<Things>(
    to === "dataset" ? DATASETS : ARTIFACTS,
    to === "dataset" ? {} : { kind: to },
  );
  const things = (data?.datasets ?? data?.artifacts?.nodes ?? []).filter((thing) => thing !== null);
  const value = String(draft ?? "");
  const options = things.map(({ id, title }) => (
    <option key={id} value={id}>{title === id ? id : `${title} (${short(id)})`}</option>
  ));
  if (data?.artifacts?.pageInfo.hasNextPage) {
    return (
      <>
        <input
          {...input}
          type="text"
          list={`${id}-list`}
          autocomplete="off"
          value={value}
          onInput={({ currentTarget }) => onChange(currentTarget.value)}
        />
        <datalist id={`${id}-list`}>{options}</datalist>
      </>
    );
  }
  const unknown = value !== "" && !things.some((thing) => thing.id === value);
  return (
    <select
      {...input}
      value={value}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
    >
      <option value="">
        {!data ? "Loading …" : !things.length ? NONE : required ? "Choose …" : "–"}
      </option>
      {unknown && <option value={value}>{value}</option>}
      {options}
    </select>
  );
}

const NONE = "There is none yet";

/** An id that can be read aloud: two things may have the same title. */
function short(id: string): string {
  return /^[a-z]+-[0-9a-f]{16}$/.test(id) ? `…${id.slice(-4)}` : id;
}
