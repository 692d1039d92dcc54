/** Tensors and ops of PyTorch by its C functions. Handles are owned by who got them, and freed by {@linkcode Torch.free}. */

import { ProviderError } from "../../errors.ts";
import { sizeOf, type Tensor } from "../../tensor.ts";
import { openTorch, type TorchLibrary, type TorchSymbols } from "./library.ts";

/** A tensor of PyTorch; 0 stands for none. */
export type Handle = bigint;

/** An argument of an op as PyTorch's dispatcher takes it: made by the functions of {@linkcode Torch}, used up by one call. */
export type Argument = bigint;

/** An argument that is left out. */
export const NONE: Argument = 0n;

/** Where tensors lie, and the type in which networks compute. */
export interface TorchPlace {
  readonly device: "cpu" | "cuda" | "mps";
  readonly dtype: "float32" | "bfloat16";
}

/** Bytes of a message that are read. */
const MOST_TEXT = 2000;

/** PyTorch on one device. */
export class Torch {
  /** Version and folder, for messages. */
  readonly title: string;
  /** Calls of ops since it was opened. */
  calls = 0;
  readonly device: TorchPlace["device"];
  #library: TorchLibrary;
  #c: TorchSymbols;
  #abi: bigint;
  #deviceType: number;
  #names = new Map<string, Uint8Array<ArrayBuffer>>();
  /** Scratch for arguments and results. */
  #stack = new BigUint64Array(40);
  #out = new BigUint64Array(1);
  #flag = new Uint8Array(8);
  #double = new Float64Array(1);
  #bits = new BigUint64Array(this.#double.buffer);
  /** A number, and the tensor that shows its memory to PyTorch; an array without a buffer of its own would be moved. */
  #number = new BigUint64Array(new ArrayBuffer(8));
  #numberTensor: Handle;

  /** @throws {ProviderError} As {@linkcode openTorch} does. */
  constructor(device: TorchPlace["device"], folder?: string) {
    this.device = device;
    this.#library = openTorch(device, folder);
    this.title = this.#library.title;
    this.#c = this.#library.symbols;
    this.#abi = this.#c.aoti_torch_abi_version() as bigint;
    this.#deviceType = device === "cuda"
      ? this.#c.aoti_torch_device_type_cuda()
      : device === "mps"
      ? this.#c.aoti_torch_device_type_mps()
      : 0;
    const int64 = this.#c.aoti_torch_dtype_int64();
    const at = [this.#number, 0n, integers([]), integers([]), 0n, int64, 0, 0, this.#out] as const;
    this.#check(this.#c.aoti_torch_create_tensor_from_blob(...at), "number");
    this.#numberTensor = this.#out[0];
  }

  /** How many threads ops take from now on; 0 means all cores. */
  setThreads(threads: number): void {
    this.#library.setThreads(threads);
  }

  /** A view of the numbers of a tensor, in memory of the CPU: it must not outlive them. */
  view({ data, shape }: Tensor): Handle {
    // `buffer` moves a small array out of the garbage collector's heap, where its address would change.
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const { lengths, strides } = layoutOf(shape);
    const rank = BigInt(shape.length);
    this.#check(
      this.#c.aoti_torch_create_tensor_from_blob(
        bytes as Uint8Array<ArrayBuffer>,
        rank,
        lengths,
        strides,
        0n,
        this.#c.aoti_torch_dtype_float32(),
        0,
        0,
        this.#out,
      ),
      "view",
    );
    return this.#out[0];
  }

  /** An uninitialized tensor on the device. */
  empty(shape: readonly number[], dtype: TorchPlace["dtype"] = "float32"): Handle {
    const { lengths, strides } = layoutOf(shape);
    const type = dtype === "float32"
      ? this.#c.aoti_torch_dtype_float32()
      : this.#c.aoti_torch_dtype_bfloat16();
    const place = [this.#deviceType, 0] as const;
    const rank = BigInt(shape.length);
    this.#check(
      this.#c.aoti_torch_empty_strided(rank, lengths, strides, type, ...place, this.#out),
      "empty",
    );
    return this.#out[0];
  }

  /** A copy of a tensor on the device. */
  upload(tensor: Tensor): Handle {
    const [from, to] = [this.view(tensor), this.empty(tensor.shape)];
    this.copy(to, from);
    this.free(from);
    return to;
  }

  /** A copy of a tensor of the device. */
  download(from: Handle, shape: readonly number[]): Tensor {
    const tensor = { shape, data: new Float32Array(sizeOf(shape)) };
    const to = this.view(tensor);
    this.copy(to, from);
    this.free(to);
    return tensor;
  }

  /** Overwrites a tensor by another, which may be of another type or lie elsewhere. */
  copy(to: Handle, from: Handle): void {
    this.#check(this.#c.aoti_torch_copy_(to, from, 0), "copy");
  }

  clone(x: Handle): Handle {
    this.#check(this.#c.aoti_torch_clone(x, this.#out), "clone");
    return this.#out[0];
  }

  /** Another handle of the same tensor. */
  again(x: Handle): Handle {
    this.#check(this.#c.aoti_torch_new_tensor_handle(x, this.#out), "handle");
    return this.#out[0];
  }

  free(x: Handle): void {
    if (x) this.#c.aoti_torch_delete_tensor_object(x);
  }

  isContiguous(x: Handle): boolean {
    this.#c.aoti_torch_is_contiguous(x, this.#flag);
    return this.#flag[0] !== 0;
  }

  /** The memory of a tensor, from `start` elements behind its first one, in another shape with these strides; nothing is computed. */
  seenAs(
    x: Handle,
    shape: readonly number[],
    strides?: readonly number[],
    start = 0,
  ): Handle {
    const layout = layoutOf(shape);
    const steps = strides ? integers(strides) : layout.strides;
    const rank = BigInt(shape.length);
    this.#check(
      this.#c.aoti_torch__reinterpret_tensor(
        x,
        rank,
        layout.lengths,
        steps,
        BigInt(start),
        this.#out,
      ),
      "view",
    );
    return this.#out[0];
  }

  fill(x: Handle, value: number): void {
    this.calls++;
    this.#check(this.#c.aoti_torch_aten_fill__Scalar(x, value), "fill");
  }

  /** a − factor · b. */
  subtract(a: Handle, b: Handle, factor: number): Handle {
    this.calls++;
    this.#check(this.#c.aoti_torch_aten_subtract_Tensor(a, b, factor, this.#out), "subtract");
    return this.#out[0];
  }

  /** Elements `start` to `start + length` of an axis, without a copy. */
  narrow(x: Handle, axis: number, start: number, length: number): Handle {
    this.calls++;
    const at = [BigInt(axis), BigInt(start), BigInt(length)] as const;
    this.#check(this.#c.aoti_torch_aten_narrow(x, ...at, this.#out), "narrow");
    return this.#out[0];
  }

  /** Zeros around; `pads` from the last axis on, before and after. */
  pad(x: Handle, pads: readonly number[]): Handle {
    this.calls++;
    const zero = new Float64Array(1);
    const list = integers(pads);
    const mode = this.#name("constant");
    this.#check(
      this.#c.aoti_torch_aten_pad(x, list, BigInt(pads.length), mode, zero, this.#out),
      "pad",
    );
    return this.#out[0];
  }

  /** An op of PyTorch, `name` or `name.overload`, that gives `results` tensors. */
  call(op: string, args: readonly Argument[], results = 1): Handle[] {
    this.calls++;
    const [name, overload = ""] = op.split(".");
    this.#stack.set(args);
    this.#check(
      this.#c.torch_call_dispatcher(
        this.#name(`aten::${name}`),
        this.#name(overload),
        this.#stack,
        this.#abi,
      ),
      op,
    );
    return Array.from(this.#stack.subarray(0, results));
  }

  /** The argument of a tensor, which keeps its handle. */
  tensor(x: Handle): Argument {
    return this.again(x);
  }

  /** The argument of an optional tensor. */
  optional(x: Handle | undefined): Argument {
    return x ? this.some(this.again(x)) : NONE;
  }

  /** The argument of a whole number or a truth value. */
  integer(value: number | boolean): Argument {
    return BigInt.asUintN(64, BigInt(value));
  }

  /** The argument of a number. */
  number(value: number): Argument {
    this.#double[0] = value;
    return this.#bits[0];
  }

  /** The argument of several whole numbers or truth values. */
  integers(values: readonly (number | boolean)[]): Argument {
    return this.#list(values.map((value) => this.integer(value)));
  }

  /** The argument of several tensors, which keep their handles. */
  tensors(values: readonly Handle[]): Argument {
    return this.#list(values.map((value) => this.again(value)));
  }

  /** The argument of an optional value that is there. */
  some(value: Argument): Argument {
    this.#check(this.#c.torch_new_stable_ivalue(this.#out), "optional");
    const [box] = this.#out;
    this.#number[0] = value;
    this.#check(this.#c.numberTo(this.#numberTensor, box), "optional");
    return box;
  }

  /** The tensors of a list that an op has given. */
  items(list: bigint, length: number): Handle[] {
    const items = Array.from({ length }, (_, i) => {
      this.#check(this.#c.torch_list_get_item(list, BigInt(i), this.#out), "list");
      return this.#out[0];
    });
    this.#c.torch_delete_list(list);
    return items;
  }

  #list(values: readonly Argument[]): Argument {
    this.#check(this.#c.torch_new_list_reserve_size(BigInt(values.length), this.#out), "list");
    const list = this.#out[0];
    for (const value of values) this.#check(this.#c.torch_list_push_back(list, value), "list");
    return list;
  }

  /** The text at an address, byte by byte: nobody knows how long it is. */
  #text(address: bigint): string {
    const bytes: number[] = [];
    const [one, step] = [integers([1]), integers([1])];
    const uint8 = this.#c.aoti_torch_dtype_uint8();
    while (address && bytes.length < MOST_TEXT) {
      this.#c.tensorAt(address++, 1n, one, step, 0n, uint8, 0, 0, this.#out);
      const [byte] = this.#out;
      this.#c.aoti_torch_item_uint8(byte, this.#flag);
      this.free(byte);
      if (this.#flag[0] === 0) break;
      bytes.push(this.#flag[0]);
    }
    return new TextDecoder().decode(Uint8Array.from(bytes)) || "no reason was given";
  }

  /** A text as C has it. */
  #name(text: string): Uint8Array<ArrayBuffer> {
    let name = this.#names.get(text);
    if (!name) this.#names.set(text, name = new TextEncoder().encode(`${text}\0`));
    return name;
  }

  #check(code: number, what: string): void {
    if (code === 0) return;
    const said = this.#text(BigInt(this.#c.torch_exception_get_what_without_backtrace()));
    const reason = said.trim().split("\n")[0];
    const where = this.device === "cpu" ? "torch" : `torch:${this.device}`;
    throw new ProviderError(
      /out of memory|can't allocate memory|bad_alloc/i.test(said)
        ? `${where} ran out of memory, try a smaller batch: ${reason}`
        : `${where} failed at ${what}: ${reason}`,
    );
  }
}

/** How far apart neighbors along each axis lie, of a tensor whose rows lie one after the other. */
export function stridesOf(shape: readonly number[]): number[] {
  return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
}

function layoutOf(shape: readonly number[]) {
  return { lengths: integers(shape), strides: integers(stridesOf(shape)) };
}

function integers(values: readonly number[]): BigInt64Array<ArrayBuffer> {
  return BigInt64Array.from(values, BigInt);
}
