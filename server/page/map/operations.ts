/** What the latent map asks of the server, and what a map is. */

/** A path that can be drawn through a map. */
export interface MapPath {
  readonly id: string;
  readonly title: string;
  readonly encoderId: string | null;
}

export const MAP_PATHS = `query MapPaths { paths(first: 50) { nodes { id title encoderId } } }`;

/** A place on a map, in its own units. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/** A code on a map. */
export interface MapPoint extends Place {
  /** Index into the names of the colors, else of the scale; −1 where it is not known. */
  readonly label: number;
  /** Position in the split. */
  readonly index: number;
}

/** What the task `mapLatents` stores as `map.json`. */
export interface LatentMap {
  readonly dataset: string;
  readonly split: string;
  readonly scale: { readonly type: string; readonly names: readonly string[] };
  /** What the points are colored by instead of the grade, and what their labels are called then. */
  readonly color?: string;
  readonly colors?: readonly string[];
  readonly axes: readonly [string, string];
  /** The share of the variance along each axis; of principal components. */
  readonly explainedVariance?: readonly [number, number];
  readonly points: readonly MapPoint[];
  /** Per frame: where the edited code lies, and that of the rendered image. */
  readonly path?: {
    readonly id: string;
    readonly original: Place;
    readonly edited: readonly Place[];
    readonly images: readonly Place[];
  };
}
