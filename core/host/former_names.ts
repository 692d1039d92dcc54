/** Names that options and their values had until 0.1: whoever still gives one is told today's. */

/** Then, and now. */
const NAMES: Readonly<Record<string, string>> = {
  licence: "license",
  neighbours: "neighbors",
  standardise: "standardize",
  standardised: "standardized",
};

/** What a schema finds wrong with a value. */
export interface Issue {
  /** Where; of a name that nobody knows, where the object lies that has it. */
  readonly path: readonly (string | number)[];
  /** What is wrong there. */
  readonly message: string;
}

/** A former name that a value has. */
export interface FormerName {
  /** Where it stands, as of an {@linkcode Issue}. */
  readonly path: Issue["path"];
  /** The name of then. */
  readonly then: string;
  /** The name of today. */
  readonly now: string;
}

/** A value whose former names are replaced, and what was replaced where. */
export interface Renamed {
  /** Like the given one, but with today's names. */
  readonly value: unknown;
  /** What was replaced. */
  readonly names: readonly FormerName[];
}

/** Replaces former names, wherever in a value of plain JSON they are. */
export function renamed(value: unknown, path: Issue["path"] = []): Renamed {
  if (typeof value === "string") return replaced(value, path);
  if (Array.isArray(value)) {
    const parts = value.map((part, k) => renamed(part, [...path, k]));
    return { value: parts.map(({ value }) => value), names: parts.flatMap(({ names }) => names) };
  }
  if (typeof value !== "object" || value === null) return { value, names: [] };
  const parts = Object.entries(value).map(([key, part]) => ({
    key: replaced(key, path),
    part: renamed(part, [...path, key]),
  }));
  return {
    value: Object.fromEntries(parts.map(({ key, part }) => [key.value, part.value])),
    names: parts.flatMap(({ key, part }) => [...key.names, ...part.names]),
  };
}

function replaced(name: string, path: Issue["path"]): Renamed {
  const now = Object.hasOwn(NAMES, name) ? NAMES[name] : undefined;
  if (now === undefined) return { value: name, names: [] };
  return { value: now, names: [{ path, then: name, now }] };
}

/**
 * The issue that a former name is behind another: one that lies there, unless today's name would be no better.
 *
 * @param left What the schema finds wrong with the value of today's names.
 * @example
 * ```ts
 * import { renamedIssue, renamed } from "./former_names.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const { names } = renamed({ neighbours: 3 });
 * const issue = { path: [], message: 'Unrecognized key: "neighbours"' };
 * assertEquals(renamedIssue(issue, names, [])?.message, '"neighbours" is now called "neighbors"');
 * ```
 */
export function renamedIssue(
  issue: Issue,
  names: readonly FormerName[],
  left: readonly Issue[],
): Issue | undefined {
  if (left.some((other) => isAt(other, issue) && other.message === issue.message)) return undefined;
  const name = names.find((name) =>
    issue.path.every((key, k) => key === name.path[k]) &&
    !left.some((other) => isAt(other, name) && other.message.includes(`"${name.now}"`))
  );
  return name && { path: name.path, message: `"${name.then}" is now called "${name.now}"` };
}

function isAt(one: Pick<Issue, "path">, other: Pick<Issue, "path">): boolean {
  return one.path.length === other.path.length && one.path.every((key, k) => key === other.path[k]);
}
