/** t-SNE: codes as points of a plane, so that neighbors stay neighbors. */

import { breathe, type Codes, type Random, row } from "@countergrade/countergrade";

/** How t-SNE looks at codes. */
export interface TsneOptions {
  /** About how many neighbors of a point shape its place. */
  readonly perplexity: number;
  readonly iterations: number;
}

/** In the first iterations attraction is raised by this factor, so that clusters form (section 3.4). */
const EXAGGERATION = 4;
const EXAGGERATED = 100;
/** Momentum in the first 250 iterations and afterwards. */
const MOMENTUM = [0.5, 0.8] as const;
const MOMENTUM_CHANGE = 250;
/** Gains of a coordinate whose gradient keeps or changes its sign (Jacobs 1988). */
const GAIN = { up: 0.2, down: 0.8, least: 0.01 };
/** Halvings of the interval in which a point's bandwidth lies. */
const HALVINGS = 60;
/** Every so many iterations it is looked whether it shall stop. */
const AT_ONCE = 20;

/**
 * The exact t-SNE of codes `[n, d]` (van der Maaten and Hinton 2008, Visualizing data using t-SNE, algorithm 1): points y that minimize
 *
 *     KL(P‖Q) = Σ pᵢⱼ·log(pᵢⱼ/qᵢⱼ),   qᵢⱼ ∝ 1/(1 + |yᵢ − yⱼ|²)
 *
 * by gradient descent with momentum; pᵢⱼ are Gaussian similarities of the codes, each point's bandwidth such that they have the
 * perplexity. It shows who is near whom; sizes and distances of clusters mean nothing. Time and memory grow with n².
 *
 * @param onStep Told how far it is.
 * @throws {CancelledError} Between some iterations, once the signal is aborted.
 */
export async function tsne(
  codes: Codes,
  { perplexity, iterations }: TsneOptions,
  random: Random,
  { signal, onStep }: { signal: AbortSignal; onStep(step: number, total: number): void },
): Promise<Float64Array> {
  const n = codes.shape[0];
  const p = similarities(codes, perplexity);
  const y = random.normals(2 * n).map((value) => 1e-4 * value);
  const points = Float64Array.from(y);
  const velocity = new Float64Array(2 * n);
  const gains = new Float64Array(2 * n).fill(1);
  const learningRate = Math.max(50, n / EXAGGERATION / 4);
  const near = new Float64Array(n * n);
  for (let step = 0; step < iterations; step++) {
    const factor = step < EXAGGERATED ? EXAGGERATION : 1;
    const gradient = gradientOf(points, p, factor, near);
    const momentum = MOMENTUM[step < MOMENTUM_CHANGE ? 0 : 1];
    for (let k = 0; k < 2 * n; k++) {
      const same = Math.sign(gradient[k]) === Math.sign(velocity[k]);
      gains[k] = same ? Math.max(GAIN.least, gains[k] * GAIN.down) : gains[k] + GAIN.up;
      velocity[k] = momentum * velocity[k] - learningRate * gains[k] * gradient[k];
      points[k] += velocity[k];
    }
    if ((step + 1) % AT_ONCE && step + 1 !== iterations) continue;
    await breathe(signal);
    onStep(step + 1, iterations);
  }
  return points;
}

/** ∂KL/∂yᵢ = 4·Σⱼ (pᵢⱼ − qᵢⱼ)·(yᵢ − yⱼ)/(1 + |yᵢ − yⱼ|²), with p raised by `factor`. */
function gradientOf(
  y: Float64Array,
  p: Float64Array,
  factor: number,
  near: Float64Array,
): Float64Array {
  const n = y.length / 2;
  let sum = 0;
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      const [dx, dy] = [y[2 * i] - y[2 * j], y[2 * i + 1] - y[2 * j + 1]];
      const value = 1 / (1 + dx * dx + dy * dy);
      near[i * n + j] = value;
      sum += 2 * value;
    }
  }
  const out = new Float64Array(2 * n);
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      const value = near[i * n + j];
      const pull = 4 * (factor * p[i * n + j] - value / sum) * value;
      const [dx, dy] = [pull * (y[2 * i] - y[2 * j]), pull * (y[2 * i + 1] - y[2 * j + 1])];
      out[2 * i] += dx;
      out[2 * i + 1] += dy;
      out[2 * j] -= dx;
      out[2 * j + 1] -= dy;
    }
  }
  return out;
}

/** pᵢⱼ = (pⱼ|ᵢ + pᵢ|ⱼ)/2n `[n, n]`, above the diagonal. */
function similarities(codes: Codes, perplexity: number): Float64Array {
  const [n, d] = codes.shape;
  const square = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    const a = row(codes, i).data;
    for (let j = i + 1; j < n; j++) {
      const b = row(codes, j).data;
      let sum = 0;
      for (let k = 0; k < d; k++) sum += (a[k] - b[k]) ** 2;
      square[i * n + j] = square[j * n + i] = sum;
    }
  }
  const given = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    given.set(conditional(square.subarray(i * n, (i + 1) * n), i, perplexity), i * n);
  }
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      out[i * n + j] = (given[i * n + j] + given[j * n + i]) / (2 * n);
    }
  }
  return out;
}

/** pⱼ|ᵢ ∝ exp(−β·|zᵢ − zⱼ|²), β such that the entropy is log(perplexity). */
function conditional(square: Float64Array, own: number, perplexity: number): Float64Array {
  const nearest = square.reduce(
    (least, value, j) => j === own ? least : Math.min(least, value),
    Infinity,
  );
  const wanted = Math.log(perplexity);
  let [low, high] = [0, Infinity];
  let beta = 1;
  let out = new Float64Array(square.length);
  for (let halving = 0; halving < HALVINGS; halving++) {
    // Shifted by the nearest, so that at least one of them is not zero.
    out = square.map((value, j) => j === own ? 0 : Math.exp(-beta * (value - nearest)));
    const sum = out.reduce((total, value) => total + value, 0);
    out = out.map((value) => value / sum);
    const entropy = out.reduce((total, p) => p > 0 ? total - p * Math.log(p) : total, 0);
    if (entropy > wanted) [low, beta] = [beta, high === Infinity ? 2 * beta : (beta + high) / 2];
    else [high, beta] = [beta, (low + beta) / 2];
  }
  return out;
}
