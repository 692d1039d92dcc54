/** A few WebAssembly instructions by name, and modules made of them: how numerical loops get the processor's vector units. */

/** Instructions as bytes; nested lists are instructions in sequence. */
export type Code = readonly (number | Code)[];

/** An unsigned LEB128 number. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  do {
    bytes.push((value & 127) | (value > 127 ? 128 : 0));
    value >>>= 7;
  } while (value);
  return bytes;
}

/** A signed LEB128 number. */
function signed(value: number): number[] {
  const bytes: number[] = [];
  for (;;) {
    const low = value & 127;
    value >>= 7;
    const last = (value === 0 && low < 64) || (value === -1 && low >= 64);
    bytes.push(last ? low : low | 128);
    if (last) return bytes;
  }
}

const simd = (opcode: number): number[] => [0xfd, ...unsigned(opcode)];
/** Alignment (as a power of two) and offset of a memory access. */
const at = (offset: number): number[] => [3, ...unsigned(offset)];

/** For `shuffle`: the bytes of the lower and of the upper half, twice. */
const LOW_HALF = [0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7];
const HIGH_HALF = LOW_HALF.map((byte) => byte + 8);

/** The instructions in use; operands come before operators, as on the stack. */
export const op = {
  get: (local: number): Code => [0x20, ...unsigned(local)],
  set: (local: number, value: Code): Code => [value, 0x21, ...unsigned(local)],
  number: (value: number): Code => [0x41, ...signed(value)],
  add: (a: Code, b: Code): Code => [a, b, 0x6a],
  sub: (a: Code, b: Code): Code => [a, b, 0x6b],
  mul: (a: Code, b: Code): Code => [a, b, 0x6c],
  less: (a: Code, b: Code): Code => [a, b, 0x49],
  /** Runs `body` once, and again while `condition` holds at its end. */
  loop: (body: Code, condition: Code): Code => [0x03, 0x40, body, condition, 0x0d, 0, 0x0b],
  when: (condition: Code, body: Code): Code => [condition, 0x04, 0x40, body, 0x0b],
  /** Two doubles, or one of them twice, or two floats as doubles; or four floats, or one of them four times. */
  load: (address: Code, offset = 0): Code => [address, simd(0x00), at(offset)],
  loadTwice: (address: Code, offset = 0): Code => [address, simd(0x0a), at(offset)],
  loadFloats: (address: Code, offset = 0): Code => [address, simd(0x5d), at(offset), simd(0x5f)],
  loadFloatFourTimes: (address: Code, offset = 0): Code => [
    address,
    simd(0x09),
    [2, ...unsigned(offset)],
  ],
  /** A double as four floats, all the same; `local` is where both halves of a vector come from. */
  floatFourTimes: (address: Code, local: number, offset = 0): Code => [
    [address, simd(0x0a), at(offset), simd(0x5e), 0x22, ...unsigned(local)],
    [0x20, ...unsigned(local), ...simd(0x0d), ...LOW_HALF],
  ],
  /** Two doubles as floats. */
  storeFloats: (address: Code, value: Code, offset = 0): Code => [
    address,
    value,
    simd(0x5e),
    simd(0x5b),
    at(offset),
    0,
  ],
  /** The lower or the upper two of four floats as doubles. */
  doublesOf: (local: number, upper: boolean): Code => [
    [0x20, ...unsigned(local)],
    upper ? [[0x20, ...unsigned(local)], [...simd(0x0d), ...HIGH_HALF]] : [],
    simd(0x5f),
  ],
  store: (address: Code, value: Code, offset = 0): Code => [
    address,
    value,
    simd(0x0b),
    at(offset),
  ],
  storeNumber: (address: Code, value: Code, offset = 0): Code => [address, value, 0x39, at(offset)],
  loadNumber: (address: Code, offset = 0): Code => [address, 0x2b, at(offset)],
  addNumbers: (a: Code, b: Code): Code => [a, b, 0xa0],
  zeros: [...simd(0x0c), ...new Array(16).fill(0)] as Code,
  addPairs: (a: Code, b: Code): Code => [a, b, simd(0xf0)],
  subPairs: (a: Code, b: Code): Code => [a, b, simd(0xf1)],
  mulPairs: (a: Code, b: Code): Code => [a, b, simd(0xf2)],
  divPairs: (a: Code, b: Code): Code => [a, b, simd(0xf3)],
  minPairs: (a: Code, b: Code): Code => [a, b, simd(0xf6)],
  maxPairs: (a: Code, b: Code): Code => [a, b, simd(0xf7)],
  absPairs: (a: Code): Code => [a, simd(0xec)],
  /** A number, twice. */
  pair: (value: number): Code => [
    ...simd(0x0c),
    ...new Uint8Array(Float64Array.of(value, value).buffer),
  ],
  /** The bits of two doubles as whole numbers: moved to the left, or added. */
  shiftBits: (a: Code, by: number): Code => [a, 0x41, ...signed(by), simd(0xcb)],
  addBits: (a: Code, b: Code): Code => [a, b, simd(0xce)],
  /** Of two doubles a, or b where a condition has no bits. */
  select: (a: Code, b: Code, condition: Code): Code => [a, b, condition, simd(0x52)],
  lessPairs: (a: Code, b: Code): Code => [a, b, simd(0x49)],
  /** All bits of a double set where both are equal. */
  equalPairs: (a: Code, b: Code): Code => [a, b, simd(0x47)],
  orBits: (a: Code, b: Code): Code => [a, b, simd(0x50)],
  /** 1 where no bit is set. */
  noBits: (a: Code): Code => [a, simd(0x53), 0x45],
  both: (a: Code, b: Code): Code => [a, b, 0x71],
  /** A whole number as a double. */
  asNumber: (a: Code): Code => [a, 0xb7],
  /** a·b + c, rounded once where the processor can. */
  mulAddPairs: (a: Code, b: Code, c: Code): Code => [a, b, c, simd(0x107)],
  /** The same of four floats each. */
  mulAddFours: (a: Code, b: Code, c: Code): Code => [a, b, c, simd(0x105)],
  /** The sum of both doubles of a local. */
  sumOf: (local: number): Code => [
    [0x20, ...unsigned(local)],
    [...simd(0x21), 0],
    [0x20, ...unsigned(local)],
    [...simd(0x21), 1],
    0xa0,
  ],
};

/** A function of whole numbers (addresses and sizes) without a result; locals are numbered on from the parameters. */
export interface WasmFunction {
  readonly parameters: number;
  /** Further locals that hold whole numbers, then those that hold two doubles. */
  readonly numbers: number;
  readonly pairs: number;
  readonly body: Code;
}

/** Assembles a module that imports its memory as `m.m` and exports `functions` by name. */
export function wasmModule(functions: Readonly<Record<string, WasmFunction>>): WebAssembly.Module {
  const list = Object.entries(functions);
  const vector = (items: readonly number[][]) => [...unsigned(items.length), ...items.flat()];
  const sized = (bytes: readonly number[]) => [...unsigned(bytes.length), ...bytes];
  const section = (id: number, items: readonly number[][]) => [id, ...sized(vector(items))];
  const text = (name: string) => sized([...new TextEncoder().encode(name)]);
  const flat = (code: Code): number[] => code.flat(Infinity as 20) as number[];
  const [I32, V128] = [0x7f, 0x7b];
  return new WebAssembly.Module(Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(
      1,
      list.map(([, { parameters }]) => [0x60, ...sized(new Array(parameters).fill(I32)), 0]),
    ),
    ...section(2, [[...text("m"), ...text("m"), 2, 0, 0]]),
    ...section(3, list.map((_, k) => unsigned(k))),
    ...section(7, list.map(([name], k) => [...text(name), 0, ...unsigned(k)])),
    ...section(
      10,
      list.map(([, { numbers, pairs, body }]) =>
        sized([2, ...unsigned(numbers), I32, ...unsigned(pairs), V128, ...flat(body), 0x0b])
      ),
    ),
  ]));
}
