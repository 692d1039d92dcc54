/** Parts of files: what the header `Range` asks for (RFC 9110, 14). */

/** Bytes from `start` up to, and without, `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * The part that a request asks for: undefined is the whole file, as for several parts at once, which nobody has to give;
 * "none" is a part that is not there.
 */
export function rangeOf({ method, headers }: Request, size: number, etag: string) {
  const asked = headers.get("range");
  const condition = headers.get("if-range");
  // A date says less than we know: content that never changes has its tag alone.
  if (method !== "GET" || asked === null || (condition !== null && condition !== etag)) {
    return undefined;
  }
  const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/i.exec(asked.replaceAll(" ", "")) ?? [];
  if (first === undefined || (first === "" && last === "")) return undefined;
  return first === "" ? lastBytes(Number(last), size) : between(Number(first), last, size);
}

function lastBytes(count: number, size: number): ByteRange | "none" {
  return count === 0 || size === 0 ? "none" : { start: Math.max(0, size - count), end: size };
}

function between(start: number, last: string, size: number): ByteRange | "none" | undefined {
  const end = last === "" ? size : Math.min(Number(last) + 1, size);
  if (last !== "" && Number(last) < start) return undefined;
  return start < size ? { start, end } : "none";
}
