/** Which options name something that there is: by what their schema says, or by what they are called. */

/** What a JSON schema says of a text that names something, see `TaskPlugin.options`. */
export interface Naming {
  /** The kind of the artifact whose id it is; `true` where that is its name, `false` where it is no id. */
  readonly artifact?: string | boolean;
  /** It is the id of a data set. */
  readonly dataset?: boolean;
}

/** Options that are ids by their name. */
const NAMES = new Set(["dataset", "probe", "encoder", "codes", "path", "image"]);

/** What a text called `key` names: `dataset`, or the kind of an artifact; undefined where it names nothing. */
export function referenceOf(key: string, { artifact, dataset }: Naming): string | undefined {
  if (dataset) return "dataset";
  if (typeof artifact === "string") return artifact;
  return artifact ?? NAMES.has(key) ? key : undefined;
}
