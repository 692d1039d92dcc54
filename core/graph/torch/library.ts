/** PyTorch's own library, without Python: found, checked and opened. Its C functions are those of the stable ABI. */

import { ProviderError } from "../../errors.ts";

/** The first version that has all functions of {@linkcode SYMBOLS}. */
const OLDEST = [2, 13] as const;

/**
 * Deno's own ways to memory that it has not allocated need leave for all native code; so what lies elsewhere is read and written by
 * functions of the library, with addresses as numbers.
 */
const SYMBOLS = {
  aoti_torch_abi_version: { parameters: [], result: "u64" },
  aoti_torch_grad_mode_set_enabled: { parameters: ["bool"], result: "void" },
  aoti_torch_device_type_cuda: { parameters: [], result: "i32" },
  aoti_torch_device_type_mps: { parameters: [], result: "i32" },
  aoti_torch_dtype_float32: { parameters: [], result: "i32" },
  aoti_torch_dtype_bfloat16: { parameters: [], result: "i32" },
  aoti_torch_dtype_int64: { parameters: [], result: "i32" },
  aoti_torch_dtype_uint8: { parameters: [], result: "i32" },
  /** data, rank, lengths, strides, offset, dtype, device, index → tensor */
  aoti_torch_create_tensor_from_blob: {
    parameters: ["buffer", "i64", "buffer", "buffer", "i64", "i32", "i32", "i32", "buffer"],
    result: "i32",
  },
  /** The same, of data at an address. */
  tensorAt: {
    name: "aoti_torch_create_tensor_from_blob",
    parameters: ["usize", "i64", "buffer", "buffer", "i64", "i32", "i32", "i32", "buffer"],
    result: "i32",
  },
  /** The number in a tensor of one, to an address. */
  numberTo: { name: "aoti_torch_item_int64", parameters: ["usize", "usize"], result: "i32" },
  aoti_torch_item_uint8: { parameters: ["usize", "buffer"], result: "i32" },
  /** rank, lengths, strides, dtype, device, index → tensor */
  aoti_torch_empty_strided: {
    parameters: ["i64", "buffer", "buffer", "i32", "i32", "i32", "buffer"],
    result: "i32",
  },
  aoti_torch_new_tensor_handle: { parameters: ["usize", "buffer"], result: "i32" },
  aoti_torch_delete_tensor_object: { parameters: ["usize"], result: "i32" },
  /** x, rank, lengths, strides, elements to skip → the same memory seen otherwise */
  aoti_torch__reinterpret_tensor: {
    parameters: ["usize", "i64", "buffer", "buffer", "i64", "buffer"],
    result: "i32",
  },
  aoti_torch_is_contiguous: { parameters: ["usize", "buffer"], result: "i32" },
  /** to, from, without waiting */
  aoti_torch_copy_: { parameters: ["usize", "usize", "i32"], result: "i32" },
  aoti_torch_clone: { parameters: ["usize", "buffer"], result: "i32" },
  aoti_torch_aten_fill__Scalar: { parameters: ["usize", "f64"], result: "i32" },
  /** a, b, factor of b → a − factor · b */
  aoti_torch_aten_subtract_Tensor: {
    parameters: ["usize", "usize", "f64", "buffer"],
    result: "i32",
  },
  aoti_torch_aten_narrow: { parameters: ["usize", "i64", "i64", "i64", "buffer"], result: "i32" },
  /** x, pads from the last axis on, their number, mode, value */
  aoti_torch_aten_pad: {
    parameters: ["usize", "buffer", "i64", "buffer", "buffer", "buffer"],
    result: "i32",
  },
  /** name, overload, arguments that results replace, version of the ABI */
  torch_call_dispatcher: { parameters: ["buffer", "buffer", "buffer", "u64"], result: "i32" },
  torch_new_list_reserve_size: { parameters: ["usize", "buffer"], result: "i32" },
  torch_list_push_back: { parameters: ["usize", "u64"], result: "i32" },
  torch_list_get_item: { parameters: ["usize", "usize", "buffer"], result: "i32" },
  torch_delete_list: { parameters: ["usize"], result: "i32" },
  torch_new_stable_ivalue: { parameters: ["buffer"], result: "i32" },
  torch_get_num_threads: { parameters: ["buffer"], result: "i32" },
  torch_exception_get_what_without_backtrace: { parameters: [], result: "usize" },
} as const;

/** The functions of an opened library. */
export type TorchSymbols = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

/** An opened library. */
export interface TorchLibrary {
  readonly symbols: TorchSymbols;
  /** Its version and folder, for messages: `PyTorch 2.13.0+cpu in /…/torch/lib`. */
  readonly title: string;
  /** Sets how many threads an op takes on this thread; 0 means all cores. */
  setThreads(threads: number): void;
}

/** The variable that names the folder of a PyTorch installation. */
const VARIABLE = "COUNTERGRADE_TORCH";

const opened = new Map<string, TorchLibrary>();

/**
 * Opens the library of the installation that `COUNTERGRADE_TORCH` names: the folder `torch` of a `site-packages`, the one around
 * it, or the one of its libraries. Opened once per process.
 *
 * @throws {ProviderError} When there is none, it is too old or was built without the device, or may not be opened.
 */
export function openTorch(device: "cpu" | "cuda" | "mps", given?: string): TorchLibrary {
  const folder = libraryFolder(given ?? variable());
  const key = `${folder} ${device}`;
  let library = opened.get(key);
  if (!library) opened.set(key, library = open(folder, device));
  return library;
}

/** Whether `COUNTERGRADE_TORCH` names an installation that is built for a device. */
export function hasTorch(device: "cpu" | "cuda"): boolean {
  try {
    return isFile(`${libraryFolder(variable())}/${fileName(`torch_${device}`)}`);
  } catch {
    return false;
  }
}

/** The folder whose files `--allow-ffi` must allow, or why there is none. @throws {ProviderError} */
export function libraryFolder(given: string | undefined): string {
  if (!given) {
    throw new ProviderError(
      `torch runs on PyTorch's library, and ${VARIABLE} is not set: install PyTorch ${
        OLDEST.join(".")
      } or newer ` +
        `(pip install torch), and set ${VARIABLE} to its folder, …/site-packages/torch`,
    );
  }
  const folders = [`${given}/lib`, `${given}/torch/lib`, given];
  const found = folders.find((folder) => isFile(`${folder}/${fileName("torch_cpu")}`));
  if (found) return found;
  throw new ProviderError(
    `There is no ${
      fileName("torch_cpu")
    } in ${given}: expected the folder of an installed PyTorch ${OLDEST.join(".")} or ` +
      "newer (pip install torch), …/site-packages/torch",
  );
}

function open(folder: string, device: "cpu" | "cuda" | "mps"): TorchLibrary {
  const version = versionOf(folder);
  const title = `PyTorch ${version ?? "of an unknown version"} in ${folder}`;
  const [major, minor] = version?.split(".").map(Number) ?? OLDEST;
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
    throw new ProviderError(`${title} is too old: install ${OLDEST.join(".")} or newer`);
  }
  if (device === "cuda" && !isFile(`${folder}/${fileName("torch_cuda")}`)) {
    throw new ProviderError(
      `${title} is built without CUDA: install one with CUDA (pip install torch, on Linux without an index for the CPU)`,
    );
  }
  if (device === "mps" && Deno.build.os !== "darwin") {
    throw new ProviderError(`${title} has no MPS: it is for Macs`);
  }
  try {
    // Its kernels register themselves, before anything asks for them.
    if (device === "cuda") Deno.dlopen(`${folder}/${fileName("torch_cuda")}`, {});
    const { symbols } = Deno.dlopen(`${folder}/${fileName("torch_cpu")}`, SYMBOLS);
    symbols.aoti_torch_grad_mode_set_enabled(false);
    if (device === "cpu" && Deno.build.os === "linux") keepMemory(folder);
    return { symbols, title, setThreads: threadSetter(folder, symbols) };
  } catch (error) {
    throw new ProviderError(`${title} cannot be opened: ${openingReason(error, folder)}`, {
      cause: error,
    });
  }
}

function openingReason(error: unknown, folder: string): string {
  if (error instanceof Deno.errors.NotCapable) return `start with --allow-ffi=${folder}`;
  const text = error instanceof Error ? error.message : String(error);
  return /symbol/i.test(text) && /find|undefined/i.test(text)
    ? `${text}; install ${OLDEST.join(".")} or newer`
    : text;
}

/** OpenMP's number of threads belongs to the calling thread; the ABI itself has no function for it. */
function threadSetter(folder: string, symbols: TorchSymbols): (threads: number) => void {
  const count = new Uint32Array(1);
  // The first call settles the default, which would otherwise overwrite what is set.
  symbols.torch_get_num_threads(count);
  const all = count[0];
  const file = Array.from(Deno.readDirSync(folder), ({ name }) => name)
    .find((name) => /^lib(gomp|omp|iomp5)\b.*\.(so|dylib)/.test(name));
  if (!file) return () => {};
  const openmp = Deno.dlopen(`${folder}/${file}`, {
    omp_set_num_threads: { parameters: ["i32"], result: "void" },
  });
  return (threads) => openmp.symbols.omp_set_num_threads(threads || all);
}

/**
 * Has this process keep the memory of freed tensors for later ones: given back, the system would clear each page anew at the next one.
 * On Linux alone, where PyTorch is built for GNU's C library, see mallopt(3). In a thread that is not the first one, memory beyond
 * 64 MB in one piece still comes and goes.
 */
function keepMemory(folder: string): void {
  const [trimThreshold, mostMappings] = [-1, -4];
  try {
    // What PyTorch's library itself is linked with is found by its handle, so no other library needs leave.
    const { symbols: { mallopt } } = Deno.dlopen(`${folder}/${fileName("torch_cpu")}`, {
      mallopt: { parameters: ["i32", "i32"], result: "i32" },
    });
    mallopt(mostMappings, 0);
    mallopt(trimThreshold, 2 ** 31 - 1);
  } catch {
    // Another C library: memory comes and goes as it likes.
  }
}

/** The version that the installation says it has; undefined for a folder of libraries alone. */
function versionOf(folder: string): string | undefined {
  try {
    const text = Deno.readTextFileSync(`${folder}/../version.py`);
    return /^__version__ = '([^']*)'/m.exec(text)?.[1];
  } catch {
    return undefined;
  }
}

function fileName(library: string): string {
  const { os } = Deno.build;
  return os === "windows" ? `${library}.dll` : `lib${library}.${os === "darwin" ? "dylib" : "so"}`;
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** Without the permission to see it the variable counts as not set. */
function variable(): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "env", variable: VARIABLE });
  return state === "granted" ? Deno.env.get(VARIABLE) : undefined;
}
