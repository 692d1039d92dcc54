/** The allow-list of constructors that a pickle may call, and what each of them builds. */

import { elementsOf } from "../element.ts";
import { npyElementType } from "../npy.ts";
import { Namespace, NumpyType, PickledClass, PickledObject, refused } from "./values.ts";

/** Builds the value that a call in the pickle stands for, from its arguments. */
export type PickleConstructor = (...args: unknown[]) => unknown;

/**
 * Modules that no stored model needs and attacks do. This list is for a clear message only: what is not on the list of
 * constructors is never called either way.
 */
export const attacks = new Set([
  ..."os posix nt subprocess sys importlib runpy shutil socket pty ctypes code commands webbrowser"
    .split(" "),
  ..."multiprocessing asyncio marshal pickle types operator builtins __builtin__ platform pip"
    .split(" "),
]);

/** Python's own types of values, which annotations name; as other classes they are never called. */
export const harmless: ReadonlySet<string> = new Set(
  ["builtins", "__builtin__"].flatMap((module) =>
    ["int", "long", "float", "str", "unicode", "bool", "bytes"].map((name) => `${module}.${name}`)
  ),
);

/**
 * The constructors by full name. One more name is allowed, `_codecs.encode`: the stack machine does it itself, because
 * it keeps what it encoded.
 */
export const constructors: ReadonlyMap<string, PickleConstructor> = new Map([
  ["collections.OrderedDict", (pairs) => mapOf(pairs ?? [])],
  ["collections.defaultdict", (_factory, pairs) => mapOf(pairs ?? [])],
  ["pytorch_lightning.utilities.parsing.AttributeDict", (pairs) => mapOf(pairs ?? [])],
  ["lightning_fabric.utilities.data.AttributeDict", (pairs) => mapOf(pairs ?? [])],
  ["argparse.Namespace", () => new Namespace()],
  ["numpy.dtype", numpyType],
  ["numpy.core.multiarray.scalar", numpyScalar],
  ["numpy._core.multiarray.scalar", numpyScalar],
  // An enum member by name, as some Python versions write it: getattr(Class, "NAME").
  ["builtins.getattr", enumMember],
  ["__builtin__.getattr", enumMember],
  ...["builtins", "__builtin__"].flatMap((module): [string, PickleConstructor][] => [
    [`${module}.set`, (items) => new Set(listOf(items ?? []))],
    [`${module}.frozenset`, (items) => new Set(listOf(items ?? []))],
    [`${module}.list`, (items) => [...listOf(items ?? [])]],
    [`${module}.tuple`, (items) => [...listOf(items ?? [])]],
    [`${module}.dict`, (pairs) => mapOf(pairs ?? [])],
    [`${module}.bytearray`, (bytes) => bytes instanceof Uint8Array ? bytes : new Uint8Array(0)],
    [`${module}.object`, () => new PickledObject("builtins.object", [])],
    [`${module}.complex`, (...parts) => new PickledObject("builtins.complex", parts)],
    [`${module}.slice`, (...parts) => new PickledObject("builtins.slice", parts)],
    [`${module}.range`, (...parts) => new PickledObject("builtins.range", parts)],
  ]),
  ...["copyreg", "copy_reg"].map((module): [string, PickleConstructor] => [
    `${module}._reconstructor`,
    (of) => {
      if (of instanceof PickledClass) return new PickledObject(of.name, []);
      throw refused("expected a class to reconstruct");
    },
  ]),
]);

function listOf(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw refused("expected a list");
  return value;
}

function mapOf(pairs: unknown): Map<unknown, unknown> {
  if (pairs instanceof Map) return new Map(pairs);
  return new Map(
    listOf(pairs).map((pair) => {
      const [key, value] = listOf(pair);
      return [key, value];
    }),
  );
}

function enumMember(of: unknown, name: unknown): PickledObject {
  if (!(of instanceof PickledClass) || typeof name !== "string") throw refused("expected an enum");
  return new PickledObject(of.name, [name]);
}

function numpyType(code: unknown): NumpyType {
  if (typeof code !== "string") throw refused("expected the code of a NumPy type");
  return new NumpyType(code);
}

function numpyScalar(dtype: unknown, bytes: unknown): unknown {
  const type = dtype instanceof NumpyType ? npyElementType(dtype.code) : undefined;
  if (!type || !(bytes instanceof Uint8Array)) throw refused("expected a NumPy number");
  const ordered = (dtype as NumpyType).order === ">" ? bytes.toReversed() : bytes;
  const elements = elementsOf(type, ordered);
  if (elements.length !== 1) throw refused("expected one NumPy number");
  return type === "bool" ? elements[0] === 1 : Number(elements[0]);
}
