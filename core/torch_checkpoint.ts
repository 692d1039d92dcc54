/** PyTorch checkpoints (`.ckpt`, `.pt`, `.pth`; a zip archive around a pickle), read without Python. */

import { elementBytes, type ElementType, float32Of } from "./element.ts";
import { FormatError } from "./errors.ts";
import {
  type PickleConstructor,
  PickledClass,
  PickledObject,
  plainOf,
  readPickle,
} from "./pickle.ts";
import { isRowMajor, strideExtent, toRowMajor } from "./strided.ts";
import { sizeOf, type Tensor } from "./tensor.ts";
import { openZip, type ZipArchive, type ZipOptions } from "./zip.ts";

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

/** A block of elements that tensors are windows on. */
class Storage {
  constructor(readonly type: ElementType, readonly bytes: Uint8Array) {}
}

/** A tensor as the pickle describes it: a window on a storage, in elements. */
class StoredTensor {
  constructor(
    readonly storage: Storage,
    readonly offset: number,
    readonly shape: number[],
    readonly strides: number[],
  ) {}
}

const constructors = new Map<string, PickleConstructor>([
  ["torch._utils._rebuild_tensor", storedTensor],
  ["torch._utils._rebuild_tensor_v2", storedTensor],
  ["torch._utils._rebuild_parameter", (data) => data],
  ["torch._utils._rebuild_parameter_with_state", (data) => data],
  ["torch.Size", (lengths) => lengths],
]);

/**
 * Reads a checkpoint. Nothing in it is executed: only tensors and plain containers are built, other classes become inert
 * records. Float32 tensors in row-major order are views on `bytes`; the rest is converted, so memory stays within about
 * twice the file.
 *
 * @param options `checksum: false` for files written with `torch.serialization.set_crc32_options(False)`.
 * @throws {FormatError} When the file is damaged, names code to run, or holds tensors that cannot be read.
 */
export function readTorchCheckpoint(bytes: Uint8Array, options: ZipOptions = {}): TorchCheckpoint {
  const archive = openZip(bytes, options);
  const pickles = archive.names.filter((name) => /(^|\/)data\.pkl$/.test(name));
  if (pickles.length !== 1) {
    throw damaged(
      `expected one data.pkl in the archive, there are ${pickles.length}: was it written by torch.save of PyTorch 1.6 or later?`,
    );
  }
  const prefix = pickles[0].slice(0, -"data.pkl".length);
  checkByteOrder(archive, `${prefix}byteorder`);
  const top = readPickle(archive.get(pickles[0]), {
    constructors,
    persistent: storageReader(archive, prefix),
    foreign: "inert",
  });
  if (!(top instanceof Map)) throw damaged("expected a dict, not a whole module");

  const toTensor = tensorReader(bytes.length);
  const state = top.get("state_dict") ?? top;
  const other = state === top
    ? []
    : [...top].filter(([key]) => key !== "state_dict" && key !== "hyper_parameters");
  return {
    tensors: flatten(state, toTensor),
    hyperParameters: recordOf(top.get("hyper_parameters"), toTensor),
    other: recordOf(new Map(other), toTensor),
  };
}

function checkByteOrder(archive: ZipArchive, name: string): void {
  if (!archive.names.includes(name)) return;
  const order = new TextDecoder().decode(archive.get(name)).trim();
  if (order !== "little") throw damaged(`expected little-endian data, it is ${order}`);
}

/** Resolves `("storage", class, key, location, elements)`; each storage is read once. */
function storageReader(archive: ZipArchive, prefix: string): (id: unknown) => Storage {
  const storages = new Map<string, Storage>();
  return (id) => {
    const [tag, of, key, , count] = Array.isArray(id) ? id : [];
    if (tag !== "storage" || !(of instanceof PickledClass) || typeof key !== "string") {
      throw damaged("a reference to a storage is damaged");
    }
    if (!Object.hasOwn(storageTypes, of.name)) {
      throw damaged(
        `expected elements of ${Object.keys(storageTypes).join(", ")}, found ${of.name}`,
      );
    }
    const type = storageTypes[of.name];
    const known = storages.get(key);
    if (known?.type === type) return known;
    if (known) throw damaged(`storage ${key} has two types`);
    const content = archive.get(`${prefix}data/${key}`);
    if (!isCount(count) || content.length !== count * elementBytes(type)) {
      throw damaged(
        `storage ${key}: expected ${count} elements of ${of.name}, it has ${content.length} bytes`,
      );
    }
    const storage = new Storage(type, content);
    storages.set(key, storage);
    return storage;
  };
}

function storedTensor(
  storage: unknown,
  offset: unknown,
  shape: unknown,
  strides: unknown,
): StoredTensor {
  const fits = storage instanceof Storage && isCount(offset) && isCounts(shape) &&
    isCounts(strides) && shape.length === strides.length && shape.length <= 64;
  if (!fits) throw damaged("a tensor's description is damaged");
  const last = offset + strideExtent(shape, strides);
  const available = storage.bytes.length / elementBytes(storage.type);
  if (!Number.isSafeInteger(sizeOf(shape)) || !(last <= available)) {
    throw damaged(
      `a tensor of shape [${
        shape.join(", ")
      }] needs ${last} elements, its storage has ${available}`,
    );
  }
  return new StoredTensor(storage, offset, shape, strides);
}

/**
 * Makes tensors of stored ones. Conversions share a budget of some times the file: repeated rows (stride 0) or many
 * windows on one storage could otherwise make a small file fill the memory.
 */
function tensorReader(fileBytes: number): (stored: StoredTensor) => Tensor {
  let budget = 4 * fileBytes + 2 ** 24;
  const spend = (elements: number) => {
    budget -= 4 * elements;
    if (budget < 0) throw damaged("its tensors would take far more memory than the file");
  };
  return ({ storage: { type, bytes }, offset, shape, strides }) => {
    const size = elementBytes(type);
    const extent = strideExtent(shape, strides);
    const window = bytes.subarray(offset * size, (offset + extent) * size);
    const aligned = type === "f32" && window.byteOffset % 4 === 0;
    if (!aligned) spend(extent);
    if (isRowMajor(shape, strides)) return { shape, data: float32Of(type, window) };
    spend(sizeOf(shape));
    return { shape, data: toRowMajor(float32Of(type, window), shape, strides) };
  };
}

function flatten(state: unknown, toTensor: (stored: StoredTensor) => Tensor): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  let parts = 0;
  const visit = (value: unknown, name: string, depth: number): void => {
    if (depth > 100) throw damaged("its dicts are nested beyond 100 levels");
    if (++parts > 1e6) throw damaged("its dicts unfold to over a million parts");
    if (name.length > 1000) throw damaged("a name is longer than 1000 characters");
    if (value instanceof StoredTensor) {
      if (tensors.has(name)) throw damaged(`the name "${name}" occurs twice`);
      tensors.set(name, toTensor(value));
    } else if (value instanceof Map) {
      for (const [key, part] of value) {
        visit(part, name === "" ? String(key) : `${name}.${key}`, depth + 1);
      }
    } else if (value instanceof PickledObject) {
      throw damaged(`"${name}" is a ${value.className}, not a tensor`);
    }
  };
  visit(state, "", 0);
  return tensors;
}

function recordOf(
  value: unknown,
  toTensor: (stored: StoredTensor) => Tensor,
): Record<string, unknown> {
  const plain = plainOf(value ?? new Map(), (part) => {
    if (part instanceof StoredTensor) return toTensor(part);
    if (part instanceof Storage) return { elements: part.bytes.length / elementBytes(part.type) };
  });
  const isRecord = typeof plain === "object" && plain !== null && !Array.isArray(plain);
  return (isRecord ? plain : { value: plain }) as Record<string, unknown>;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && value as number >= 0;
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every(isCount);
}

function damaged(reason: string): FormatError {
  return new FormatError(`Cannot read the PyTorch checkpoint: ${reason}`);
}
