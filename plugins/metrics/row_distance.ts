/** The Euclidean distance of two rows. */

import { rowSize, type Tensor } from "@countergrade/countergrade";

/** ‖a[i] − b[j]‖ */
export function rowDistance(a: Tensor, i: number, b: Tensor, j: number): number {
  const size = rowSize(a);
  let sum = 0;
  for (let k = 0; k < size; k++) sum += (a.data[i * size + k] - b.data[j * size + k]) ** 2;
  return Math.sqrt(sum);
}
