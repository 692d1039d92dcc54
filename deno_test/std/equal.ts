/** When two values are equal, as `@std/assert` has it: by prototype and value; NaN equals NaN, 0 equals -0. */

/** Compares what lies inside of two values. */
type Compare = (a: unknown, b: unknown) => boolean;

type Keyed = Record<PropertyKey, unknown>;

/** A kind of object whose equality is not told by its properties. */
interface Kind {
  readonly of: (value: object) => boolean;
  // deno-lint-ignore no-explicit-any -- of() told the type
  readonly equal: (a: any, b: any, compare: Compare) => boolean;
}

const TypedArray = Object.getPrototypeOf(Uint8Array) as new () => Uint8Array;

/** Kinds that are compared before any property is looked at, first match first. */
const KINDS: readonly Kind[] = [
  { of: (x) => x instanceof Date, equal: (a, b) => Object.is(a.getTime(), b.getTime()) },
  { of: (x) => x instanceof TypedArray, equal: sameElements },
  {
    of: (x) => x instanceof ArrayBuffer || x instanceof SharedArrayBuffer,
    equal: (a, b) => sameElements(new Uint8Array(a), new Uint8Array(b)),
  },
  { of: (x) => x instanceof WeakMap || x instanceof WeakSet, equal: refuse },
  { of: (x) => x instanceof WeakRef, equal: (a, b, compare) => compare(a.deref(), b.deref()) },
];

/** Kinds that may have properties of their own besides. */
const COLLECTIONS: readonly Kind[] = [
  { of: (x) => x instanceof Map || x instanceof Set, equal: sameEntries },
  {
    of: isPlain,
    equal: (a, b, compare) => sameValues(a, b, Reflect.ownKeys({ ...a, ...b }), compare),
  },
  { of: isWritten, equal: (a, b) => String(a) === String(b) },
  {
    of: () => true,
    equal: (a, b, compare) => sameValues(a, b, inheritedKeys(a).union(inheritedKeys(b)), compare),
  },
];

/**
 * Whether two values are equal, deeply. A key that holds undefined is not a missing key; objects of different classes
 * differ; functions and promises equal themselves only.
 *
 * @throws {TypeError} For a WeakMap or WeakSet, into which nobody can look.
 */
export function equal(a: unknown, b: unknown): boolean {
  const open = new Map<object, object>();
  const compare: Compare = (a, b) => {
    if (a === b || Object.is(a, b)) return true;
    if (!isObject(a) || !isObject(b)) return false;
    if (prototypeOf(a) !== prototypeOf(b)) return false;
    const kind = KINDS.find(({ of }) => of(a));
    if (kind) return kind.equal(a, b, compare);
    // A circle is as equal as the rest of it.
    if (open.get(a) === b) return true;
    open.set(a, b);
    if (Object.keys(a).length !== Object.keys(b).length) return false;
    return COLLECTIONS.find(({ of }) => of(a))!.equal(a, b, compare);
  };
  return compare(a, b);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** An object without a prototype counts as plain. */
function prototypeOf(value: object): unknown {
  return Object.getPrototypeOf(value) ?? Object.prototype;
}

function isPlain(value: object): boolean {
  const prototype = prototypeOf(value);
  return prototype === Object.prototype || prototype === Array.prototype;
}

/** Objects that their text tells. */
function isWritten(value: object): boolean {
  const classes = [RegExp, URL, URLSearchParams, Intl.Locale];
  return classes.some((one) => prototypeOf(value) === one.prototype) ||
    value.constructor?.prototype?.[Symbol.toStringTag]?.startsWith?.("Temporal.");
}

function refuse(value: object): never {
  throw new TypeError(
    `Cannot compare ${value instanceof WeakMap ? "WeakMap" : "WeakSet"} instances`,
  );
}

function sameElements(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i] && !Object.is(a[i], b[i])) return false;
  return true;
}

/** Every entry of `a` has one in `b`, in whatever order; keys are compared by value, too. */
function sameEntries<T extends Map<unknown, unknown> | Set<unknown>>(
  a: T,
  b: T,
  compare: Compare,
): boolean {
  const inB = [...b.entries()];
  const found = ([key, value]: [unknown, unknown]) =>
    isObject(key)
      ? inB.some(([other, its]) => compare(key, other) && compare(value, its))
      : b.has(key) && (b instanceof Set || compare(value, b.get(key)));
  return a.size === b.size && [...a.entries()].every(found);
}

function sameValues(a: Keyed, b: Keyed, keys: Iterable<PropertyKey>, compare: Compare): boolean {
  for (const key of keys) if (key in a !== key in b || !compare(a[key], b[key])) return false;
  return true;
}

/** All keys of an instance, its class's getters and methods included, down to Object's own. */
function inheritedKeys(value: object): Set<PropertyKey> {
  const keys = new Set<PropertyKey>();
  for (
    let at: object | null = value;
    at && at !== Object.prototype && at !== Array.prototype;
    at = Object.getPrototypeOf(at)
  ) Reflect.ownKeys(at).forEach((key) => keys.add(key));
  return keys;
}
