/** DICOM files drawn in tests: explicit little endian, with whatever elements a test needs. */

/** What an element holds; an array of numbers are words, one of elements the items of a sequence. */
export type Value = string | number | readonly number[] | Uint8Array | readonly Elements[];

/** Elements by group, number and kind of value: `"0028,0010 US"`. */
export type Elements = Readonly<Record<string, Value>>;

const LONG = ["OB", "OW", "OF", "OD", "SQ", "UN"];

const words = (values: readonly number[]) => values.flatMap((v) => [v & 255, (v >> 8) & 255]);
const longs = (value: number) => words([value & 65_535, value >>> 16]);

function bytesOf(kind: string, value: Value): number[] {
  if (kind === "SQ") {
    return (value as readonly Elements[]).flatMap((item) => {
      const content = written(item);
      return [0xfe, 0xff, 0x00, 0xe0, ...longs(content.length), ...content];
    });
  }
  if (value instanceof Uint8Array) return [...value];
  if (typeof value === "number") return words([value]);
  if (typeof value !== "string") return words(value as readonly number[]);
  return [...new TextEncoder().encode(value)];
}

/** Elements one after the other, in their order. */
export function written(elements: Elements): number[] {
  return Object.keys(elements).sort().flatMap((name) => {
    const [, group, number, kind] = name.match(/^(\w{4}),(\w{4}) (\w\w)$/)!;
    const content = bytesOf(kind, elements[name]);
    if (content.length % 2) content.push(kind === "UI" || kind === "OB" ? 0 : 32);
    const head = words([parseInt(group, 16), parseInt(number, 16)]);
    const letters = [kind.charCodeAt(0), kind.charCodeAt(1)];
    const length = LONG.includes(kind) ? [0, 0, ...longs(content.length)] : words([content.length]);
    return [...head, ...letters, ...length, ...content];
  });
}

/** A file with a preamble; gray of 8 bits unless elements say otherwise. */
export function dicomFile(
  [rows, columns]: readonly [number, number],
  pixels: Uint8Array | Uint16Array,
  elements: Elements = {},
  syntax = "1.2.840.10008.1.2.1",
): Uint8Array {
  const bits = pixels.BYTES_PER_ELEMENT * 8;
  const bytes = new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength);
  const all = {
    "0028,0002 US": 1,
    "0028,0004 CS": "MONOCHROME2",
    "0028,0010 US": rows,
    "0028,0011 US": columns,
    "0028,0100 US": bits,
    "0028,0101 US": bits,
    "0028,0102 US": bits - 1,
    "0028,0103 US": 0,
    "7fe0,0010 OW": bytes,
    ...elements,
  };
  const meta = written({ "0002,0010 UI": syntax });
  return Uint8Array.from([
    ...new Uint8Array(128),
    0x44,
    0x49,
    0x43,
    0x4d,
    ...meta,
    ...written(all),
  ]);
}

/** A file of one bit per pixel whose frames are packed as its syntax says. */
export function bitsFile(
  size: readonly [number, number],
  syntax: string,
  frames: readonly Uint8Array[],
): Uint8Array {
  const item = (content: Uint8Array) => {
    const even = [...content, ...content.length % 2 ? [0] : []];
    return [0xfe, 0xff, 0x00, 0xe0, ...longs(even.length), ...even];
  };
  const one = { "0028,0100 US": 1, "0028,0101 US": 1, "0028,0102 US": 0 };
  const elements = {
    ...one,
    "0028,0008 IS": `${frames.length} `,
    "7fe0,0010 OB": new Uint8Array(),
  };
  const file = dicomFile(size, new Uint8Array(), elements, syntax);
  const end = [0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0];
  const items = [new Uint8Array(), ...frames].flatMap(item);
  return Uint8Array.from([...file.subarray(0, -4), 255, 255, 255, 255, ...items, ...end]);
}
