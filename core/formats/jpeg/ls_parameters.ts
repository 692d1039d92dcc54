/** What coding by JPEG-LS depends on (ITU-T T.87, annexes A and C). */

/** How far contexts reach, and what errors can be; letters as in the standard. */
export interface LsParameters {
  /** The greatest sample. */
  readonly maxval: number;
  /** How far a sample may be from the original. */
  readonly near: number;
  readonly t1: number;
  readonly t2: number;
  readonly t3: number;
  /** Contexts are halved when they have seen so many samples. */
  readonly reset: number;
}

/** Derived from them (A.2.1). */
export interface LsRanges {
  readonly range: number;
  /** Bits of an error, and the longest code. */
  readonly qbpp: number;
  readonly limit: number;
}

/** What a file says where it says it; else what follows from its bits (C.2.4.1.1). */
export function lsParameters(
  bits: number,
  near: number,
  told: Partial<Omit<LsParameters, "near">> = {},
): LsParameters {
  const maxval = told.maxval || 2 ** bits - 1;
  const clamp = (value: number, least: number) => value > maxval || value < least ? least : value;
  const large = maxval >= 128;
  const factor = large
    ? Math.floor((Math.min(maxval, 4095) + 128) / 256)
    : Math.floor(256 / (maxval + 1));
  const basic = (number: number, least: number) =>
    large ? factor * (number - least) + least : Math.max(least, Math.floor(number / factor));
  const t1 = told.t1 || clamp(basic(3, 2) + 3 * near, near + 1);
  const t2 = told.t2 || clamp(basic(7, 3) + 5 * near, t1);
  const t3 = told.t3 || clamp(basic(21, 4) + 7 * near, t2);
  return { maxval, near, t1, t2, t3, reset: told.reset || 64 };
}

/** See {@linkcode LsRanges}. */
export function lsRanges({ maxval, near }: LsParameters): LsRanges {
  const range = Math.floor((maxval + 2 * near) / (2 * near + 1)) + 1;
  const bpp = Math.max(2, Math.ceil(Math.log2(maxval + 1)));
  return { range, qbpp: Math.ceil(Math.log2(range)), limit: 2 * (bpp + Math.max(8, bpp)) };
}
