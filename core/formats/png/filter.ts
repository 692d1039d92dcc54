/** The filters of PNG (specification, 9.2): bytes as differences from a guess, which pack better. */

/** The guess of a byte by those before it: `a` to the left, `b` above, `c` above to the left. */
const GUESSES: readonly ((a: number, b: number, c: number) => number)[] = [
  () => 0,
  (a) => a,
  (_a, b) => b,
  (a, b) => (a + b) >> 1,
  paeth,
];

/** The one of the three that is nearest to a + b − c. */
function paeth(a: number, b: number, c: number): number {
  const [toA, toB, toC] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
  if (toA <= toB && toA <= toC) return a;
  return toB <= toC ? b : c;
}

/**
 * Rows as they are packed, each after the number of its filter.
 *
 * @param line Bytes of a row.
 * @param left How many bytes before a byte its left neighbor stands: those of a pixel, at least 1.
 * @param filter 0 to 4; another number is 0.
 */
export function filteredRows(
  bytes: Uint8Array,
  line: number,
  left: number,
  filter: number,
): Uint8Array {
  const number = GUESSES[filter] ? filter : 0;
  const guess = GUESSES[number];
  const rows = bytes.length / line;
  const out = new Uint8Array(rows * (line + 1));
  for (let y = 0, to = 0; y < rows; y++) {
    out[to++] = number;
    for (let x = 0, at = y * line; x < line; x++, at++) {
      const a = x >= left ? bytes[at - left] : 0;
      const b = y > 0 ? bytes[at - line] : 0;
      const c = x >= left && y > 0 ? bytes[at - line - left] : 0;
      out[to++] = bytes[at] - guess(a, b, c);
    }
  }
  return out;
}

/**
 * Rows as they were before {@linkcode filteredRows}, in place: each still begins with the number of its filter.
 *
 * @param line Bytes of a row, with that number.
 * @param left As there.
 * @throws {RangeError} When there is no such filter.
 */
export function unfilterRows(rows: Uint8Array, line: number, left: number): void {
  for (let start = 0; start < rows.length; start += line) {
    const guess = GUESSES[rows[start]];
    if (!guess) throw new RangeError(`there is no filter ${rows[start]}`);
    if (rows[start] === 0) continue;
    for (let x = 1, at = start + 1; x < line; x++, at++) {
      const a = x > left ? rows[at - left] : 0;
      const b = start > 0 ? rows[at - line] : 0;
      const c = x > left && start > 0 ? rows[at - line - left] : 0;
      rows[at] += guess(a, b, c);
    }
  }
}
