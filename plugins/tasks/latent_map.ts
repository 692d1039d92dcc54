/** Codes as points of a plane: principal components or UMAP. */

import {
  breathe,
  type Codes,
  InputError,
  principalComponents,
  projectCodes,
  type Random,
  row,
  type Standardisation,
  standardisation,
  tensor,
} from "@countergrade/countergrade";
import { UMAP } from "umap-js";

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
  /** Neighbours of a point that shape its place. */
  readonly neighbours: number;
  /** How close points may lie, in units of the map. */
  readonly minDistance: number;
}

/** Every so many epochs UMAP looks whether it shall stop. */
const EPOCHS_AT_ONCE = 10;

/**
 * The two leading principal components of the standardised codes.
 *
 * @throws {InputError} When there are fewer than two codes or dimensions, or codes are not finite or all the same.
 */
export function principalMap(codes: Codes): Projection {
  const spread = standardisation(codes);
  const components = principalComponents(standardised(codes, spread), 2);
  const [first, second] = components.explained;
  const place = (others: Codes) =>
    pointsOf(Array.from(projectCodes(components, standardised(others, spread))));
  return {
    points: place(codes),
    axes: ["principal component 1", "principal component 2"],
    explained: [first, second],
    place,
  };
}

/**
 * UMAP of the standardised codes (McInnes, Healy and Melville 2018), by umap-js, whose start is random instead of spectral. It shows
 * who is near whom; distances and directions on the map mean nothing by themselves.
 *
 * @param onEpoch Told how far it is.
 * @throws {InputError} When there are not more codes than neighbours, or codes are not finite or all the same.
 * @throws {CancelledError} Between some epochs, once the signal is aborted.
 */
export async function umapMap(
  codes: Codes,
  { neighbours, minDistance }: UmapOptions,
  random: Random,
  { signal, onEpoch }: { signal: AbortSignal; onEpoch(epoch: number, total: number): void },
): Promise<Projection> {
  const spread = standardisation(codes);
  const [n] = codes.shape;
  if (n <= neighbours) {
    throw new InputError(
      `Cannot map: expected more codes than neighbours, there are ${n} codes for ${neighbours} neighbours`,
      ["neighbours"],
    );
  }
  const draws = random.fork("umap");
  const umap = new UMAP({
    nComponents: 2,
    nNeighbors: neighbours,
    minDist: minDistance,
    random: () => draws.uniform(),
  });
  const epochs = umap.initializeFit(vectors(standardised(codes, spread)));
  for (let epoch = 1; epoch <= epochs; epoch++) {
    umap.step();
    if (epoch % EPOCHS_AT_ONCE && epoch !== epochs) continue;
    await breathe(signal);
    onEpoch(epoch, epochs);
  }
  return {
    points: pointsOf(umap.getEmbedding().flat()),
    axes: ["UMAP 1", "UMAP 2"],
    place: (others) => pointsOf(umap.transform(vectors(standardised(others, spread))).flat()),
  };
}

function standardised({ shape, data }: Codes, { mean, sigma }: Standardisation): Codes {
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
