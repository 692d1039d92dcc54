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
  /** How many of 1 shuffled labels are told as well; unknown for probes of before. */
  chance: { p: number } | null;
  dataset: {
    id: string;
    title: string;
    splits: { name: string; size: number }[];
  } | null;
}

/** What a plugin brings to a family. */
export interface Member {
  family: string;
  name: string;
  description: string;
}

export const MODELS = `query Models {
  probes(first: 100) {
    nodes {
      id title plugin encoder { id title imageShape } scale { type names } chance { p }
      dataset { id title splits { name size } }
    }
  }
  plugins { members { family name description } }
}`;
