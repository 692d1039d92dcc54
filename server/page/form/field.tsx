/** One field of a form, of any kind. */

import type { JSX } from "preact";
import type { FieldProps } from "./context.ts";
import { Framed } from "./framed.tsx";
import { Choice, Group } from "./group.tsx";
import { Option, Text, Tick } from "./inputs.tsx";
import { List, Tuple } from "./list.tsx";
import { Reference } from "./reference.tsx";
import type { Field } from "./schema.ts";

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
