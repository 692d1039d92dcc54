/** What the fields of one form share: how a draft changes, what is wrong where, and who draws the fields inside of a field. */

import { type ComponentType, createContext } from "preact";
import { useContext } from "preact/hooks";
import { inWords } from "../shared/words.ts";
import type { Field } from "./schema.ts";
import type { Draft } from "./values.ts";

/** A form, as its fields see it. */
export interface FormContext {
  /** Puts the names of this form's elements apart from those of others. */
  readonly id: string;
  /** By the path of a field, joined with dots. */
  readonly errors: Readonly<Record<string, string>>;
  /** Draws a field of any kind: groups and lists hold fields, which may be groups and lists. */
  readonly Field: ComponentType<FieldProps<Field>>;
}

export const FormContext = createContext<FormContext | undefined>(undefined);

/** The form around a field. */
export function useForm(): FormContext {
  const form = useContext(FormContext);
  if (!form) throw new Error("Cannot draw a field: expected a form around it");
  return form;
}

/** What every field gets. */
export interface FieldProps<Of> {
  readonly field: Of;
  readonly draft: Draft;
  readonly path: readonly string[];
  onChange(draft: Draft): void;
}

/** Names for the elements of a field, and what is wrong with it. */
export function useField(path: readonly string[]) {
  const { id, errors } = useForm();
  const at = path.join(".");
  const own = `${id}-${at}`;
  const error = Object.hasOwn(errors, at) ? errors[at] : undefined;
  const describedBy = [error && `${own}-error`, `${own}-about`].filter(Boolean).join(" ");
  return {
    id: own,
    error,
    /** For the element that takes the input. */
    input: { id: own, "aria-describedby": describedBy, "aria-invalid": error ? true : undefined },
  };
}

/** Tells whether something is wrong with a part, or inside of it. */
export function useErrorsBelow(path: readonly string[]): (key: string) => boolean {
  const { errors } = useForm();
  return (key) => {
    const at = [...path, key].join(".");
    return Object.keys(errors).some((error) => error === at || error.startsWith(`${at}.`));
  };
}

/** `learningRate` to `Learning rate`; a place in a list to its number from 1. */
export function labelOf(key: string): string {
  if (/^\d+$/.test(key)) return String(Number(key) + 1);
  return inWords(key);
}
