/** What several views ask of the server: which models there are. */

/** What grades mean, from mild to severe. */
export interface Scale {
  type: "BINARY" | "ORDINAL" | "NOMINAL" | "CONTINUOUS";
  names: string[];
}

/** A probe with its encoder. */
export interface Model {
  id: string;
  title: string;
  plugin: string;
  encoder: { id: string; title: string; imageShape: number[] } | null;
  scale: Scale;
  /** How well it reads images that it had not seen. */
  report: { mae?: number; auc?: number; measuredOn?: string } | null;
  /** Where its figures lie, at 95 %; unknown for probes of before. */
  intervals: { figure: string; low: number; high: number }[] | null;
  /** How many of 1 shuffled labels are told as well; unknown for probes of before. */
  chance: { p: number; images: number } | null;
  dataset: {
    id: string;
    title: string;
    license: string | null;
    splits: { name: string; size: number }[];
    columns: { name: string }[];
    measurements: string[];
    /** What to know: how patients were told apart, what was taken of files, what looks odd. */
    notes: string[];
  } | null;
}

/** What a plugin brings to a family. */
export interface Member {
  family: string;
  name: string;
  description: string;
}

export const MODELS = `query Models($after: String) {
  list: probes(first: 50, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes {
      id title plugin encoder { id title imageShape } scale { type names } report
      intervals { figure low high } chance { p images }
      dataset { id title license splits { name size } columns { name } measurements notes }
    }
  }
}`;

export const MEMBERS = `query Members { plugins { members { family name description } } }`;

/** What could judge frames beside the probe. */
export const JUDGES = `query Judges {
  networks: artifacts(kind: "classifier", first: 50) { nodes { id title metadata files { name } } }
  classifiers: artifacts(kind: "judge", first: 50) { nodes { id title metadata files { name } } }
}`;
