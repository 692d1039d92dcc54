/** Reading one image like a picture plane: smoothed sampling between pixels, and edges found to a fraction of a pixel. */

/** Square image of `size` × `size` intensities; position (0, 0) is the top left corner, pixel centers lie at 0.5. */
export interface Plane {
  readonly size: number;
  readonly data: Float32Array;
}

/** The intensity at a point, linear between pixel centers; outside, the border continues. */
export function intensityAt({ size, data }: Plane, x: number, y: number): number {
  const gx = Math.min(size - 1.001, Math.max(0, x - 0.5));
  const gy = Math.min(size - 1.001, Math.max(0, y - 0.5));
  const [i, j] = [Math.floor(gx), Math.floor(gy)];
  const [fx, fy] = [gx - i, gy - j];
  const at = j * size + i;
  const upper = data[at] + (data[at + 1] - data[at]) * fx;
  const lower = data[at + size] + (data[at + size + 1] - data[at + size]) * fx;
  return upper + (lower - upper) * fy;
}

/** A copy smoothed with 1-2-1 in both directions, which calms noise and leaves straight edges where they are. */
export function smoothed({ size, data }: Plane): Plane {
  const along = new Float32Array(size * size);
  const out = new Float32Array(size * size);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const row = y * size;
      const [left, right] = [data[row + Math.max(0, x - 1)], data[row + Math.min(size - 1, x + 1)]];
      along[row + x] = (left + 2 * data[row + x] + right) / 4;
    }
  }
  for (let y = 0; y < size; y++) {
    const [above, below] = [Math.max(0, y - 1) * size, Math.min(size - 1, y + 1) * size];
    for (let x = 0; x < size; x++) {
      out[y * size + x] = (along[above + x] + 2 * along[y * size + x] + along[below + x]) / 4;
    }
  }
  return { size, data: out };
}

/**
 * Where a sampled function has its highest peak, in steps: the centroid of the samples about the top that exceed half of it.
 * Steadier than the top itself, which jumps with the pixel grid. `value` is the height of the top.
 */
export function peakOf(values: ArrayLike<number>): { at: number; value: number } {
  let top = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[top]) top = i;
  const half = values[top] / 2;
  if (!(half > 0)) return { at: top, value: values[top] };
  let [first, last] = [top, top];
  while (first > 0 && values[first - 1] > half) first--;
  while (last < values.length - 1 && values[last + 1] > half) last++;
  let [weight, moment] = [0, 0];
  for (let i = first; i <= last; i++) {
    weight += values[i] - half;
    moment += (values[i] - half) * i;
  }
  return { at: moment / weight, value: values[top] };
}
