/** What is entered into a form, and the options that it means. */

import { type Field, type Limits, type Line, wordsOf } from "./schema.ts";

/** What a field holds while it is filled in: text as it was typed, and undefined for what is left out. */
export type Draft =
  | string
  | boolean
  | readonly Draft[]
  | { readonly [key: string]: Draft }
  | undefined;

/** Something wrong with one option. */
export interface Complaint {
  readonly path: readonly string[];
  readonly message: string;
}

/** The drafts of a group's parts, or of a choice: the name of the chosen member, and a draft per member that was ever chosen. */
export function partsOf(draft: Draft): Readonly<Record<string, Draft>> {
  return typeof draft === "object" && !Array.isArray(draft) ? draft as Record<string, Draft> : {};
}

/** The drafts of a list's or tuple's items. */
export function itemsOf(draft: Draft): readonly Draft[] {
  return Array.isArray(draft) ? draft : [];
}

/** The member that the draft of a choice names, and the key of its draft. */
export function chosenIn(field: Field & { kind: "choice" }, draft: Draft) {
  const name = partsOf(draft).chosen;
  const member = field.parts.find(({ key }) => key === name);
  return member && { member, key: `of ${name}`, draft: partsOf(draft)[`of ${name}`] ?? {} };
}

/** The draft that stands for a value; without one, or for the default, that of an empty field. */
export function draftOf(field: Field, value?: unknown): Draft {
  const same = () => JSON.stringify(value) === JSON.stringify(field.fallback);
  const given = value !== undefined && value !== null &&
    (field.kind === "object" || field.kind === "choice" || !same());
  switch (field.kind) {
    case "object": {
      // An optional group is left out until it is asked for.
      if (!given && !field.required && field.fallback === undefined) return undefined;
      const values = given ? value as Record<string, unknown> : {};
      return Object.fromEntries(
        field.parts.map((part) => [part.key, draftOf(part, values[part.key])]),
      );
    }
    case "choice": {
      const chosen = Object.entries((given ? value : field.fallback ?? {}) as object)
        .find(([, options]) => options !== undefined);
      const name = chosen?.[0] ?? (field.required ? field.parts[0]?.key : undefined) ?? "";
      const member = field.parts.find(({ key }) => key === name);
      return member
        ? { chosen: name, [`of ${name}`]: draftOf(member, given ? chosen?.[1] : undefined) }
        : { chosen: "" };
    }
    case "tuple": {
      const values = given ? value as unknown[] : [];
      return field.parts.map((part, i) => draftOf(part, values[i]));
    }
    case "list":
      return given ? (value as unknown[]).map((item) => draftOf(field.item, item)) : [];
    case "row":
      return given ? (value as unknown[]).join(", ") : "";
    case "boolean":
      return given ? Boolean(value) : undefined;
    case "json":
      return given ? JSON.stringify(value) : "";
    default:
      return given ? String(value) : "";
  }
}

/** The value that a draft means; undefined where it leaves the field to its default. Complaints are added to `wrong`. */
export function valueOf(
  field: Field,
  draft: Draft,
  path: readonly string[],
  wrong: Complaint[],
): unknown {
  const complain = (message: string) => void wrong.push({ path, message });
  const parts = (drafts: readonly Draft[], fields: readonly Field[]) =>
    fields.map((part, i) => valueOf(part, drafts[i], [...path, part.key], wrong));
  switch (field.kind) {
    case "object": {
      if (draft === undefined) return undefined;
      const drafts = partsOf(draft);
      const values = parts(field.parts.map(({ key }) => drafts[key]), field.parts);
      return Object.fromEntries(
        field.parts.map(({ key }, i) => [key, values[i]]).filter(([, value]) =>
          value !== undefined
        ),
      );
    }
    case "choice": {
      const chosen = chosenIn(field, draft);
      if (!chosen) return field.required ? complain("Choose one") : undefined;
      const { member } = chosen;
      return { [member.key]: valueOf(member, chosen.draft, [...path, member.key], wrong) ?? {} };
    }
    case "tuple": {
      const drafts = itemsOf(draft);
      const empty = drafts.every((each) => each === "" || each === undefined);
      return empty && !field.required ? undefined : parts(drafts, field.parts);
    }
    case "list": {
      const drafts = itemsOf(draft);
      if (!drafts.length && !field.required) return undefined;
      return drafts.map((each, i) => valueOf(field.item, each, [...path, String(i)], wrong));
    }
    case "boolean":
      return draft === undefined && field.required ? false : draft;
  }
  const text = String(draft ?? "").trim();
  const chosen = field.kind === "reference" || field.kind === "option";
  if (!text) {
    return field.required ? complain(chosen ? "Choose one" : "Expected a value") : undefined;
  }
  if (field.kind === "json") {
    try {
      return JSON.parse(text);
    } catch {
      return complain('Expected JSON, as {"name": 1}');
    }
  }
  if (field.kind === "row") {
    const items = text.split(field.item.kind === "text" ? /\s*,\s*/ : /[\s,;]+/).filter(Boolean);
    return items.map((item) => read(field.item, item, complain));
  }
  return read(field, text, complain);
}

function read(line: Line, text: string, complain: (message: string) => void): unknown {
  if (line.kind !== "number" && line.kind !== "integer") return text;
  const value = Number(text);
  const whole = line.kind === "integer";
  if (!Number.isFinite(value) || (whole && !Number.isInteger(value))) {
    return complain(`Expected a ${whole ? "whole " : ""}number, not “${text}”`);
  }
  if (!within(value, line.limits)) return complain(`Expected ${wordsOf(line.limits)}, not ${text}`);
  return value;
}

function within(value: number, { least, most, above, below }: Limits): boolean {
  return !(value < (least ?? -Infinity) || value > (most ?? Infinity) ||
    value <= (above ?? -Infinity) || value >= (below ?? Infinity));
}

/** A draft with one part replaced. */
export function withPart(draft: Draft, key: string, part: Draft): Draft {
  if (Array.isArray(draft)) return draft.map((each, i) => String(i) === key ? part : each);
  return { ...partsOf(draft), [key]: part };
}

/**
 * Where complaints are shown: by the path of a field, joined with dots. One about something that has no field of its own, as
 * an item of a row, goes to the field around it.
 */
export function placed(
  complaints: readonly Complaint[],
  has: (path: string) => boolean,
): Record<string, string> {
  const out: Record<string, string> = {};
  for (const { path, message } of complaints) {
    let end = path.length;
    while (end > 0 && !has(path.slice(0, end).join("."))) end--;
    const at = path.slice(0, end).join(".");
    out[at] ??= message;
  }
  return out;
}

/** The paths of the fields that a draft shows, joined with dots. */
export function pathsOf(field: Field, draft: Draft, path: readonly string[] = []): string[] {
  const own = path.length ? [path.join(".")] : [];
  const inner = (part: Field, value: Draft, key: string) => pathsOf(part, value, [...path, key]);
  switch (field.kind) {
    case "object":
      if (draft === undefined) return own;
      return [
        ...own,
        ...field.parts.flatMap((part) => inner(part, partsOf(draft)[part.key], part.key)),
      ];
    case "choice": {
      const chosen = chosenIn(field, draft);
      return chosen ? [...own, ...inner(chosen.member, chosen.draft, chosen.member.key)] : own;
    }
    case "tuple":
      return [
        ...own,
        ...field.parts.flatMap((part, i) => inner(part, itemsOf(draft)[i], part.key)),
      ];
    case "list":
      return [
        ...own,
        ...itemsOf(draft).flatMap((each, i) => inner(field.item, each, String(i))),
      ];
    default:
      return own;
  }
}
