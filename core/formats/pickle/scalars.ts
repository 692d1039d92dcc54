/** Numbers and texts as pickles write them. */

import { refused } from "./values.ts";

/** INT: protocol 0 writes truth as 01 and 00. */
export function intOrBool(line: string): unknown {
  return line === "01" ? true : line === "00" ? false : intOf(line);
}

/** A decimal of at most 1000 digits. @throws {FormatError} */
export function intOf(text: string): number | bigint {
  if (!/^[+-]?\d{1,1000}$/.test(text.trim())) throw refused("expected a whole number");
  return narrow(BigInt(text.trim().replace(/^\+/, "")));
}

/** Little-endian two's complement. */
export function longOf(bytes: Uint8Array): number | bigint {
  if (bytes.length === 0) return 0;
  if (bytes.length > 1000) throw refused("a whole number is too long");
  const hex = Array.from(bytes.toReversed(), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return narrow(BigInt.asIntN(8 * bytes.length, BigInt(`0x${hex}`)));
}

function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** A decimal, or Python's inf and nan. @throws {FormatError} */
export function floatOf(line: string): number {
  const special: Record<string, number> = { inf: Infinity, "-inf": -Infinity, nan: NaN };
  const value = Object.hasOwn(special, line) ? special[line] : Number(line);
  if (line.trim() === "" || (Number.isNaN(value) && line !== "nan")) {
    throw refused("expected a number");
  }
  return value;
}

/** A Python 2 string literal, as `'it\'s\n'`. */
export function quotedText(line: string): string {
  const quoted = /^(['"])(.*)\1$/s.exec(line.trim());
  if (!quoted) throw refused("expected a quoted text");
  const named: Record<string, string> = { n: "\n", t: "\t", r: "\r" };
  return quoted[2].replace(
    /\\(?:x([0-9a-f]{2})|(.))/gis,
    (_, hex, char) => hex ? String.fromCharCode(parseInt(hex, 16)) : named[char] ?? char,
  );
}

/** A text in which characters beyond Latin-1 are written as `\\u` and four hexadecimal digits. */
export function unescape16(line: string): string {
  return line.replace(
    /\\u([0-9a-f]{4})/gi,
    (_, hex) => String.fromCharCode(parseInt(hex, 16)),
  );
}
