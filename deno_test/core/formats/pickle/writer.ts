/** Writes small pickles and PyTorch checkpoints for tests: what `torch.save` would write, or what an attacker would. */

import { writeZip } from "../../../../core/formats/zip.ts";

/** A value to pickle: a JavaScript one, or raw instructions. Plain arrays are lists, maps and records dicts. */
export type Pickled =
  | null
  | boolean
  | number
  | string
  | Instructions
  | readonly Pickled[]
  | { readonly [key: string]: Pickled };

/** Raw pickle instructions that leave one value on the stack. */
export class Instructions {
  constructor(readonly bytes: readonly number[]) {}
}

function ascii(text: string): number[] {
  return [...new TextEncoder().encode(text)];
}

function uint32(value: number): number[] {
  return [...new Uint8Array(Uint32Array.of(value).buffer)];
}

function instructionsOf(value: Pickled): number[] {
  if (value instanceof Instructions) return [...value.bytes];
  if (value === null) return [0x4e];
  if (typeof value === "boolean") return [value ? 0x88 : 0x89];
  if (typeof value === "string") return [0x58, ...uint32(ascii(value).length), ...ascii(value)];
  if (typeof value === "number") {
    if (Number.isInteger(value)) return [0x4a, ...uint32(value)];
    return [0x47, ...new Uint8Array(Float64Array.of(value).buffer).reverse()];
  }
  if (Array.isArray(value)) return [0x5d, 0x28, ...value.flatMap(instructionsOf), 0x65];
  const pairs = Object.entries(value).flatMap(([key, part]) => [
    ...instructionsOf(key),
    ...instructionsOf(part),
  ]);
  return [0x7d, 0x28, ...pairs, 0x75];
}

/** A tuple. */
export function tuple(...items: Pickled[]): Instructions {
  return new Instructions([0x28, ...items.flatMap(instructionsOf), 0x74]);
}

/** The name of a class or function. */
export function global(module: string, name: string): Instructions {
  return new Instructions([0x63, ...ascii(`${module}\n${name}\n`)]);
}

/** A call: `of(*args)`. */
export function call(of: Instructions, ...args: Pickled[]): Instructions {
  return new Instructions([...of.bytes, ...tuple(...args).bytes, 0x52]);
}

/** An object with its state set. */
export function build(target: Instructions, state: Pickled): Instructions {
  return new Instructions([...target.bytes, ...instructionsOf(state), 0x62]);
}

/** A reference to data outside the pickle. */
export function persistent(...id: Pickled[]): Instructions {
  return new Instructions([...tuple(...id).bytes, 0x51]);
}

/** A whole pickle of protocol 2. */
export function pickle(value: Pickled): Uint8Array {
  return Uint8Array.from([0x80, 2, ...instructionsOf(value), 0x2e]);
}

/** A tensor as torch describes it: a window on a storage. */
export function torchTensor(
  storage: { type: string; key: string; elements: number },
  offset: number,
  shape: number[],
  strides: number[],
): Instructions {
  return call(
    global("torch._utils", "_rebuild_tensor_v2"),
    persistent(
      "storage",
      global("torch", storage.type),
      storage.key,
      "cpu",
      storage.elements,
    ),
    offset,
    tuple(...shape),
    tuple(...strides),
    false,
    call(global("collections", "OrderedDict")),
  );
}

/** A checkpoint file with this top-level value and these storages. */
export function checkpoint(
  top: Pickled,
  storages: Record<string, ArrayBufferView> = {},
): Uint8Array<ArrayBuffer> {
  const files = new Map([["test/data.pkl", pickle(top)]]);
  for (const [key, { buffer, byteOffset, byteLength }] of Object.entries(storages)) {
    files.set(`test/data/${key}`, new Uint8Array(buffer, byteOffset, byteLength));
  }
  files.set("test/version", new TextEncoder().encode("3\n"));
  return writeZip(files);
}
