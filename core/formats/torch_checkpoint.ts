/** PyTorch checkpoints (`.ckpt`, `.pt`, `.pth`; a zip archive around a pickle), read without Python. */

import { type ByteSource, bytesSource } from "../byte_source.ts";
import { elementBytes, type ElementType, float32Of } from "./element.ts";
import type { PickleConstructor } from "./pickle/constructors.ts";
import { PickledClass, PickledObject, plainOf } from "./pickle/values.ts";
import { readPickle } from "./pickle/pickle.ts";
import { isRowMajor, strideExtent, toRowMajor } from "./strided.ts";
import { sizeOf, type StoredTensor, type Tensor } from "../tensor.ts";
import { defaultExpandedLimit, openZip, type ZipArchive, type ZipOptions } from "./zip.ts";
import { refusal } from "../refusal.ts";

const refused = refusal("Cannot read the PyTorch checkpoint");

/** A pickle describes tensors, it does not hold them: that of a model with 300 of them has 100 KB. */
const mostPickleBytes = 32_000_000;

/** What a checkpoint holds. */
export interface TorchCheckpoint {
  /**
   * The tensors of `state_dict` (or of the whole file, where there is none) as float32, by their names in the file;
   * names of nested dicts are joined with dots.
   */
  readonly tensors: Map<string, Tensor>;
  /** `hyper_parameters` as plain data, empty where there are none. See {@linkcode plainOf} for foreign classes. */
  readonly hyperParameters: Record<string, unknown>;
  /** The rest of the file (epoch, global_step, optimizer_states …) as plain data; tensors as {@linkcode Tensor}. */
  readonly other: Record<string, unknown>;
}

/** An open checkpoint: as {@linkcode TorchCheckpoint}, but its tensors are still in the file. */
export interface OpenTorchCheckpoint {
  /** Every tensor of the state, by name; its values are read when they are asked for. */
  readonly tensors: Map<string, StoredTensor>;
  /** What Lightning wrote beside the weights, as plain values; empty where there is nothing. */
  readonly hyperParameters: Record<string, unknown>;
  /** The rest of the file; tensors as {@linkcode StoredTensor}. */
  other(): Record<string, unknown>;
}

const storageTypes: Readonly<Record<string, ElementType>> = {
  "torch.FloatStorage": "f32",
  "torch.HalfStorage": "f16",
  "torch.BFloat16Storage": "bf16",
  "torch.DoubleStorage": "f64",
  "torch.LongStorage": "i64",
  "torch.IntStorage": "i32",
  "torch.ShortStorage": "i16",
  "torch.CharStorage": "i8",
  "torch.ByteStorage": "u8",
  "torch.BoolStorage": "bool",
};

/** A block of elements that tensors are windows on, still in the archive. */
class Storage {
  /** Tensors that are still to be read from it. */
  windows = 0;
  constructor(readonly type: ElementType, readonly elements: number, readonly entry: string) {}
}

/** Elements of a type that is not read; only a tensor that is taken makes that an error. */
class ForeignStorage {
  constructor(readonly type: string) {}
}

/** A tensor as the pickle describes it: a window on a storage, in elements. */
class Window {
  constructor(
    readonly storage: Storage,
    readonly offset: number,
    readonly shape: number[],
    readonly strides: number[],
  ) {}
}

const constructors = new Map<string, PickleConstructor>([
  ["torch._utils._rebuild_tensor", windowOf],
  ["torch._utils._rebuild_tensor_v2", windowOf],
  ["torch._utils._rebuild_parameter", (data) => data],
  ["torch._utils._rebuild_parameter_with_state", (data) => data],
  ["torch._tensor._rebuild_from_type_v2", rebuilt],
  ["torch.Size", (lengths) => lengths],
]);

/** How a state dict is saved, for whoever saved something else. */
const HOW_TO_SAVE = "in PyTorch save its state_dict: torch.save(model.state_dict(), 'model.pt')";

/**
 * Reads a checkpoint. Nothing in it is executed: only tensors and plain containers are built, other classes become inert
 * records. Float32 tensors in row-major order are views on `bytes`; the rest is converted, so memory stays within about
 * twice the file.
 *
 * @param options `checksum: false` for files written with `torch.serialization.set_crc32_options(False)`.
 * @throws {FormatError} When the file is damaged, names code to run, or holds tensors that cannot be read.
 */
export function readTorchCheckpoint(bytes: Uint8Array, options: ZipOptions = {}): TorchCheckpoint {
  const { tensors, hyperParameters, other } = openTorchCheckpoint(bytesSource(bytes), options);
  const asTensors = (part: unknown): unknown => {
    if (isStored(part)) return part.read();
    if (Array.isArray(part)) return part.map(asTensors);
    if (typeof part !== "object" || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, asTensors(value)]));
  };
  return {
    tensors: new Map([...tensors].map(([name, stored]) => [name, stored.read()])),
    hyperParameters,
    other: asTensors(other()) as Record<string, unknown>,
  };
}

/**
 * Opens a checkpoint: its directory and its pickle are read now, each tensor when it is asked for. So a training's file
 * of gigabytes takes the memory of the tensors that are used.
 *
 * @throws {FormatError} As {@linkcode readTorchCheckpoint}; damaged tensors are found when they are read.
 */
export function openTorchCheckpoint(
  source: ByteSource,
  options: ZipOptions = {},
): OpenTorchCheckpoint {
  checkFormat(source);
  // What is stored as it is cannot be more than the file; only deflated archives need the usual limit.
  const limit = options.limit ?? Math.max(defaultExpandedLimit, source.size);
  const archive = openZip(source, { ...options, limit });
  const pickles = archive.names.filter((name) => /(^|\/)data\.pkl$/.test(name));
  if (pickles.length !== 1) {
    throw refused(
      `expected one data.pkl in the archive, there are ${pickles.length}: was it written by torch.save of PyTorch 1.6 or later?`,
    );
  }
  const size = archive.sizeOf(pickles[0])!;
  if (size > mostPickleBytes) {
    throw refused(`expected a pickle of at most ${mostPickleBytes} bytes, it has ${size}`);
  }
  const prefix = pickles[0].slice(0, -"data.pkl".length);
  checkByteOrder(archive, `${prefix}byteorder`);
  const top = readPickle(archive.get(pickles[0]), {
    constructors,
    persistent: storageFinder(archive, prefix),
    foreign: "inert",
  });
  if (!(top instanceof Map)) throw refused(`expected a dict, not a whole module; ${HOW_TO_SAVE}`);

  const toStored = windowReader(archive, source.size);
  const state = top.get("state_dict");
  const hyperParameters = top.get("hyper_parameters");
  const rest = state === undefined ? [] : [...top]
    .filter(([key]) => key !== "state_dict" && key !== "hyper_parameters");
  return {
    tensors: flatten(state ?? top, toStored),
    hyperParameters: recordOf(hyperParameters, toStored),
    other: () => recordOf(new Map(rest), toStored),
  };
}

/** Formats of torch.save before 1.6, by how their files start: a magic number as a pickle, and a tar archive. */
function checkFormat(source: ByteSource): void {
  const start = source.read(0, Math.min(source.size, 262));
  const magic = [0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
  const old = start[0] === 0x80 && magic.every((byte, i) => start[2 + i] === byte);
  const tar = new TextDecoder().decode(start.subarray(257)) === "ustar";
  if (!old && !tar) return;
  throw refused(
    `it is in the format of PyTorch before 1.6 (${tar ? "a tar archive" : "no zip archive"}): ` +
      "load it in PyTorch and save it again with torch.save",
  );
}

function checkByteOrder(archive: ZipArchive, name: string): void {
  if (!archive.names.includes(name)) return;
  const order = new TextDecoder().decode(archive.get(name)).trim();
  if (order !== "little") throw refused(`expected little-endian data, it is ${order}`);
}

/** Resolves `("storage", class, key, location, elements)`. */
function storageFinder(
  archive: ZipArchive,
  prefix: string,
): (id: unknown) => Storage | ForeignStorage {
  const storages = new Map<string, Storage>();
  return (id) => {
    const [tag, of, key, , count] = Array.isArray(id) ? id : [];
    if (tag !== "storage" || !(of instanceof PickledClass) || typeof key !== "string") {
      throw refused("a reference to a storage is damaged");
    }
    if (!Object.hasOwn(storageTypes, of.name)) return new ForeignStorage(of.name);
    const type = storageTypes[of.name];
    const known = storages.get(key);
    if (known?.type === type) return known;
    if (known) throw refused(`storage ${key} has two types`);
    const entry = `${prefix}data/${key}`;
    const size = archive.sizeOf(entry);
    if (size === undefined) throw refused(`there is no entry "${entry}"`);
    if (!isCount(count) || size !== count * elementBytes(type)) {
      throw refused(
        `storage ${key}: expected ${count} elements of ${of.name}, it has ${size} bytes`,
      );
    }
    const storage = new Storage(type, count, entry);
    storages.set(key, storage);
    return storage;
  };
}

function windowOf(
  storage: unknown,
  offset: unknown,
  shape: unknown,
  strides: unknown,
): Window | PickledObject {
  if (storage instanceof ForeignStorage) return new PickledObject(storage.type, [shape]);
  const fits = storage instanceof Storage && isCount(offset) && isCounts(shape) &&
    isCounts(strides) && shape.length === strides.length && shape.length <= 64;
  if (!fits) throw refused("a tensor's description is damaged");
  const last = offset + strideExtent(shape, strides);
  if (!Number.isSafeInteger(sizeOf(shape)) || !(last <= storage.elements)) {
    throw refused(
      `a tensor of shape [${
        shape.join(", ")
      }] needs ${last} elements, its storage has ${storage.elements}`,
    );
  }
  storage.windows++;
  return new Window(storage, offset, shape, strides);
}

/** A tensor with attributes of its own: a function that rebuilds it, its class, and the function's arguments. */
function rebuilt(of: unknown, _class: unknown, args: unknown): unknown {
  const make = of instanceof PickledClass && of.name !== "torch._tensor._rebuild_from_type_v2"
    ? constructors.get(of.name)
    : undefined;
  if (!make || !Array.isArray(args)) throw refused("expected a function that rebuilds a tensor");
  return make(...args);
}

/**
 * Makes stored tensors of windows. All reads share budgets of some times the file: many windows on one storage, or
 * repeated rows (stride 0), could otherwise make a small file take hours or fill the memory.
 */
function windowReader(archive: ZipArchive, fileBytes: number): (window: Window) => StoredTensor {
  const most = 4 * fileBytes + 2 ** 24;
  const budgets = { memory: most, reading: most };
  const spend = (budget: keyof typeof budgets, bytes: number) => {
    budgets[budget] -= bytes;
    if (budgets[budget] < 0) throw refused("its tensors would take far more memory than the file");
  };
  // A storage with several windows stays until all of them are read.
  const shared = new Map<Storage, Uint8Array>();
  const bytesOf = (storage: Storage): Uint8Array => {
    const kept = shared.get(storage);
    if (!kept) spend("reading", archive.sizeOf(storage.entry)!);
    const bytes = kept ?? archive.get(storage.entry);
    if (--storage.windows > 0) shared.set(storage, bytes);
    else shared.delete(storage);
    return bytes;
  };
  return ({ storage, offset, shape, strides }) => ({
    shape,
    read() {
      const { type } = storage;
      const size = elementBytes(type);
      const extent = strideExtent(shape, strides);
      const bytes = bytesOf(storage).subarray(offset * size, (offset + extent) * size);
      const aligned = type === "f32" && bytes.byteOffset % 4 === 0;
      if (!aligned) spend("memory", 4 * extent);
      if (isRowMajor(shape, strides)) return { shape, data: float32Of(type, bytes) };
      spend("memory", 4 * sizeOf(shape));
      return { shape, data: toRowMajor(float32Of(type, bytes), shape, strides) };
    },
  });
}

/** What cannot be read matters only where it is taken. A file of modules alone says so. */
function flatten(
  state: unknown,
  toStored: (window: Window) => StoredTensor,
): Map<string, StoredTensor> {
  const tensors = new Map<string, StoredTensor>();
  let foreign: string | undefined;
  let parts = 0;
  const visit = (value: unknown, name: string, depth: number): void => {
    if (depth > 100) throw refused("its dicts are nested beyond 100 levels");
    if (++parts > 1e6) throw refused("its dicts unfold to over a million parts");
    if (name.length > 1000) throw refused("a name is longer than 1000 characters");
    if (value instanceof Window) {
      if (tensors.has(name)) throw refused(`the name "${name}" occurs twice`);
      tensors.set(name, toStored(value));
    } else if (value instanceof Map) {
      for (const [key, part] of value) {
        // A text made of any other key could be endlessly long.
        if (typeof key !== "string" && typeof key !== "number") continue;
        visit(part, name === "" ? String(key) : `${name}.${key}`, depth + 1);
      }
    } else if (value instanceof PickledObject) {
      const { className, args: [shape] } = value;
      foreign ??= `"${name}" is a ${className}, not a dict of tensors`;
      if (!isCounts(shape)) return;
      tensors.set(name, {
        shape,
        read() {
          throw refused(
            `"${name}": expected elements of ${
              Object.keys(storageTypes).join(", ")
            }, found ${className}`,
          );
        },
      });
    }
  };
  visit(state, "", 0);
  if (foreign && !tensors.size) throw refused(`${foreign}; ${HOW_TO_SAVE}`);
  return tensors;
}

function recordOf(
  value: unknown,
  toStored: (window: Window) => StoredTensor,
): Record<string, unknown> {
  const plain = plainOf(value ?? new Map(), (part) => {
    if (part instanceof Window) return toStored(part);
    if (part instanceof Storage) return { elements: part.elements };
  });
  const isRecord = typeof plain === "object" && plain !== null && !Array.isArray(plain);
  return (isRecord ? plain : { value: plain }) as Record<string, unknown>;
}

function isStored(value: unknown): value is StoredTensor {
  return typeof value === "object" && value !== null && "read" in value &&
    typeof value.read === "function";
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && value as number >= 0;
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every(isCount);
}
