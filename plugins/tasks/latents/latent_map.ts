/** Codes as points of a plane: along a probe, principal components, UMAP or t-SNE. */

import {
  breathe,
  type Codes,
  InputError,
  type Probe,
  type Random,
  row,
  tensor,
} from "@countergrade/countergrade";
import {
  principalComponents,
  projectCodes,
  type Standardization,
  standardization,
} from "@countergrade/countergrade/linear";
import { UMAP } from "umap-js";
import { tsne } from "./tsne.ts";

/** Where something lies on a map. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A map of codes. */
export interface Projection {
  /** One point per code, in their order. */
  readonly points: readonly Point[];
  /** Names of both axes. */
  readonly axes: readonly [string, string];
  /** The share of the variance along each axis, where that means something. */
  readonly explained?: readonly [number, number];
  /** Where other codes `[m, d]` lie. */
  place(codes: Codes): Point[];
}

/** How UMAP looks at codes. */
export interface UmapOptions {
  /** Neighbors of a point that shape its place. */
  readonly neighbors: number;
  /** How close points may lie, in units of the map. */
  readonly minDistance: number;
}

/** Every so many epochs UMAP looks whether it shall stop. */
const EPOCHS_AT_ONCE = 10;

/**
 * The two leading principal components of the standardized codes.
 *
 * @throws {InputError} When there are fewer than two codes or dimensions, or codes are not finite or all the same.
 */
export function principalMap(codes: Codes): Projection {
  const spread = standardization(codes);
  const components = principalComponents(standardized(codes, spread), 2);
  const [first, second] = components.explained;
  const place = (others: Codes) =>
    pointsOf(Array.from(projectCodes(components, standardized(others, spread))));
  return {
    points: place(codes),
    axes: ["principal component 1", "principal component 2"],
    explained: [first, second],
    place,
  };
}

/**
 * The score of a probe, and the principal component of what standardized codes have beside it: x is what the probe sees of a code, y
 * the most of what it does not. Of a probe that is not linear the mean gradient counts as its direction.
 *
 * @throws {InputError} When there are fewer than two codes or dimensions, codes are not finite or all the same, or the probe looks at
 * nothing in them.
 */
export function probeMap(codes: Codes, probe: Probe): Projection {
  const spread = standardization(codes);
  const direction = directionOf(probe.gradient(codes), spread);
  const beside = (others: Codes) => without(standardized(others, spread), direction);
  const components = principalComponents(beside(codes), 2);
  const total = varianceOf(standardized(codes, spread));
  const rest = varianceOf(beside(codes));
  const place = (others: Codes) => {
    const ys = projectCodes(components, beside(others));
    return Array.from(probe.score(others), (x, i) => ({ x, y: ys[2 * i] }));
  };
  return {
    points: place(codes),
    axes: ["distance to the boundary in σ", "main direction beside it"],
    explained: [1 - rest / total, components.variances[0] / total],
    place,
  };
}

/** The direction of unit length in which a score grows on average, in standardized space, from its gradients `[n, d]`. */
function directionOf({ shape: [n, d], data }: Codes, { sigma }: Standardization): Float64Array {
  const sum = new Float64Array(d);
  for (let k = 0; k < n * d; k++) sum[k % d] += data[k] * sigma[k % d];
  const length = Math.hypot(...sum);
  if (length > 0) return sum.map((value) => value / length);
  throw new InputError("Cannot map: expected a probe whose score depends on the codes", ["probe"]);
}

/** The variance of centered codes in all directions together (divisor n − 1). */
function varianceOf({ shape: [n], data }: Codes): number {
  return data.reduce((sum, value) => sum + value * value, 0) / (n - 1);
}

/** Codes without their part along a direction of unit length. */
function without(codes: Codes, direction: Float64Array): Codes {
  const d = direction.length;
  const data = new Float32Array(codes.data.length);
  for (let i = 0; i < codes.shape[0]; i++) {
    const code = row(codes, i).data;
    const along = direction.reduce((sum, value, j) => sum + value * code[j], 0);
    for (let j = 0; j < d; j++) data[i * d + j] = code[j] - along * direction[j];
  }
  return tensor(codes.shape, data);
}

/**
 * UMAP of the standardized codes (McInnes, Healy and Melville 2018), by umap-js, whose start is random instead of spectral. It shows
 * who is near whom; distances and directions on the map mean nothing by themselves.
 *
 * @param onEpoch Told how far it is.
 * @throws {InputError} When there are not more codes than neighbors, or codes are not finite or all the same.
 * @throws {CancelledError} Between some epochs, once the signal is aborted.
 */
export async function umapMap(
  codes: Codes,
  { neighbors, minDistance }: UmapOptions,
  random: Random,
  { signal, onEpoch }: { signal: AbortSignal; onEpoch(epoch: number, total: number): void },
): Promise<Projection> {
  const spread = standardization(codes);
  const [n] = codes.shape;
  if (n <= neighbors) {
    throw new InputError(
      `Cannot map: expected more codes than neighbors, there are ${n} codes for ${neighbors} neighbors`,
      ["neighbors"],
    );
  }
  const draws = random.fork("umap");
  const umap = new UMAP({
    nComponents: 2,
    nNeighbors: neighbors,
    minDist: minDistance,
    random: () => draws.uniform(),
  });
  const epochs = umap.initializeFit(vectors(standardized(codes, spread)));
  for (let epoch = 1; epoch <= epochs; epoch++) {
    umap.step();
    if (epoch % EPOCHS_AT_ONCE && epoch !== epochs) continue;
    await breathe(signal);
    onEpoch(epoch, epochs);
  }
  return {
    points: pointsOf(umap.getEmbedding().flat()),
    axes: ["UMAP 1", "UMAP 2"],
    place: (others) => pointsOf(umap.transform(vectors(standardized(others, spread))).flat()),
  };
}

/** Gradient steps of t-SNE. */
const ITERATIONS = 750;
/** Nearest codes between which another code is placed on a map that has no place for it of its own. */
const PLACED_BY = 5;

/**
 * t-SNE of the standardized codes, see {@linkcode tsne}. It has no place for other codes: they lie at the mean of the nearest mapped ones,
 * weighed by 1/distance.
 *
 * @throws {InputError} When there are not three times as many codes as the perplexity, or codes are not finite or all the same.
 * @throws {CancelledError} Between some iterations, once the signal is aborted.
 */
export async function tsneMap(
  codes: Codes,
  { perplexity }: { readonly perplexity: number },
  random: Random,
  watcher: { signal: AbortSignal; onStep(step: number, total: number): void },
): Promise<Projection> {
  const spread = standardization(codes);
  const [n] = codes.shape;
  if (n < 3 * perplexity) {
    throw new InputError(
      `Cannot map: expected three times as many codes as the perplexity, there are ${n} codes for ${perplexity}`,
      ["perplexity"],
    );
  }
  const known = standardized(codes, spread);
  const flat = await tsne(
    known,
    { perplexity, iterations: ITERATIONS },
    random.fork("tsne"),
    watcher,
  );
  const points = pointsOf([...flat]);
  return {
    points,
    axes: ["t-SNE 1", "t-SNE 2"],
    place: (others) =>
      vectors(standardized(others, spread)).map((code) => {
        const nearest = points.map((point, i) => ({
          point,
          weight: 1 / Math.max(1e-9, distance(code, row(known, i).data)),
        })).toSorted((a, b) => b.weight - a.weight).slice(0, PLACED_BY);
        const total = nearest.reduce((sum, { weight }) => sum + weight, 0);
        const mean = (axis: "x" | "y") =>
          nearest.reduce((sum, { point, weight }) => sum + weight * point[axis], 0) / total;
        return { x: mean("x"), y: mean("y") };
      }),
  };
}

function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let j = 0; j < a.length; j++) sum += (a[j] - b[j]) ** 2;
  return Math.sqrt(sum);
}

function standardized({ shape, data }: Codes, { mean, sigma }: Standardization): Codes {
  const d = mean.length;
  return tensor(shape, data.map((value, k) => (value - mean[k % d]) / sigma[k % d]));
}

function vectors(codes: Codes): number[][] {
  return Array.from({ length: codes.shape[0] }, (_, i) => Array.from(row(codes, i).data));
}

function pointsOf(flat: readonly number[]): Point[] {
  return Array.from(
    { length: flat.length / 2 },
    (_, i) => ({ x: flat[2 * i], y: flat[2 * i + 1] }),
  );
}
