/** What a pickle holds, as inert data: classes and objects that are never called, and all of it as plain records. */

import { refusal } from "../../refusal.ts";

/** The error for a pickle that cannot be read, for the reason given. */
export const refused = refusal("Cannot read the pickle");

/** A class or function that the pickle names, as itself and not called. */
export class PickledClass {
  constructor(readonly name: string) {}
}

/** An object of a class that is not known here: its parts as data. */
export class PickledObject {
  state: unknown = undefined;
  readonly items = new Map<unknown, unknown>();
  readonly list: unknown[] = [];
  constructor(readonly className: string, readonly args: readonly unknown[]) {}
}

/** An `argparse.Namespace`: attributes only. */
export class Namespace {
  attributes = new Map<unknown, unknown>();
}

/** A `numpy.dtype`, as `f8`; its state brings the byte order. */
export class NumpyType {
  order = "<";
  constructor(readonly code: string) {}
}

/**
 * A read pickle as plain data: dicts with simple keys become records (others `{ $entries }`), sets arrays, classes
 * `{ $class }`, foreign objects `{ $class, args, state }` (with `items` for those that are dicts or lists); one that stands within
 * itself, as a part that knows its whole, is `{ $class }` there.
 *
 * @param leaf Converts values that the caller's constructors made; undefined for any other value.
 * @throws {FormatError} When it is nested beyond 100 levels or unfolds to over a million parts.
 */
export function plainOf(
  value: unknown,
  leaf: (value: unknown) => unknown = () => undefined,
): unknown {
  let parts = 0;
  const open = new Set<PickledObject>();
  const visit = (value: unknown, depth: number): unknown => {
    if (depth > 100) throw refused("it is nested beyond 100 levels");
    if (++parts > 1e6) throw refused("it unfolds to over a million parts");
    const next = (value: unknown) => visit(value, depth + 1);
    const made = leaf(value);
    if (made !== undefined) return made;
    if (Array.isArray(value)) return value.map(next);
    if (value instanceof Set) return [...value].map(next);
    if (value instanceof Map) return recordOf(value, next);
    if (value instanceof Namespace) return recordOf(value.attributes, next);
    if (value instanceof NumpyType) return { $class: "numpy.dtype", args: [value.code] };
    if (value instanceof PickledClass) return { $class: value.name };
    if (value instanceof PickledObject) {
      const { className, args, state, items, list } = value;
      if (open.has(value)) return { $class: className };
      open.add(value);
      const record = {
        $class: className,
        args: args.map(next),
        ...(state === undefined ? {} : { state: next(state) }),
        ...(items.size ? { items: recordOf(items, next) } : {}),
        ...(list.length ? { items: list.map(next) } : {}),
      };
      open.delete(value);
      return record;
    }
    return value;
  };
  return visit(value, 0);
}

function recordOf(map: ReadonlyMap<unknown, unknown>, next: (value: unknown) => unknown): unknown {
  const entries = [...map];
  const simple = entries.every(([key]) =>
    ["string", "number", "boolean", "bigint"].includes(typeof key)
  );
  if (!simple) return { $entries: entries.map(([key, value]) => [next(key), next(value)]) };
  // fromEntries defines own properties, so a key such as __proto__ is only a key.
  return Object.fromEntries(entries.map(([key, value]) => [String(key), next(value)]));
}
