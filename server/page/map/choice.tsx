/** Choosing what the map shows: model, split, method, how many points, and a path to draw. */

import { useId } from "preact/hooks";
import type { MapPath } from "./operations.ts";
import type { MapOptions } from "./state.ts";
import type { Model } from "../shared/operations.ts";

interface Props {
  readonly models: readonly Model[];
  readonly paths: readonly MapPath[];
  readonly options: MapOptions;
  change(options: Partial<MapOptions>): void;
}

/** The methods of the task, the first as the page begins. */
export const METHODS = {
  probe: "Distance to the boundary",
  pca: "Principal components",
  umap: "UMAP",
  tsne: "t-SNE",
};
/** What any image can be colored by. */
const ATTRIBUTES = [
  "brightness",
  "contrast",
  "sharpness",
  "positionX",
  "positionY",
  "border",
  "marker",
];
const LIMITS = [500, 2000, 10_000];

/** The choices. */
export function MapChoice({ models, paths, options, change }: Props) {
  const { probe, split, method, limit, color = "", path = "" } = options;
  const model = models.find(({ id }) => id === probe);
  const splits = model?.dataset?.splits.filter(({ size }) => size > 1) ?? [];
  const { columns = [], measurements = [] } = model?.dataset ?? {};
  const colors = [...new Set([...columns.map(({ name }) => name), ...measurements, ...ATTRIBUTES])];
  const size = splits.find(({ name }) => name === split)?.size ?? 0;
  return (
    <section class="map-choice" aria-label="What to map">
      <Choice
        label="Model"
        value={probe}
        options={models.map(({ id, title }) => [id, title])}
        choose={(probe) => change({ probe, path: undefined, color: undefined })}
      />
      <Choice
        label="Images"
        value={split}
        options={splits.map(({ name, size }) => [name, `${name} (${size.toLocaleString("en")})`])}
        choose={(split) => change({ split })}
      />
      <Choice
        label="Method"
        value={method}
        options={Object.entries(METHODS)}
        choose={(method) => change({ method })}
      />
      <Choice
        label="Color"
        value={color}
        options={[["", "Grade"], ...colors.map((name): [string, string] => [name, wordsOf(name)])]}
        choose={(color) => change({ color: color || undefined })}
      />
      {size > LIMITS[0] && (
        <Choice
          label="At most"
          value={String(limit)}
          options={LIMITS.map((limit) => [String(limit), `${limit.toLocaleString("en")} points`])}
          choose={(limit) => change({ limit: Number(limit) })}
        />
      )}
      <Choice
        label="Path through it"
        value={path}
        options={[
          ["", paths.length ? "None" : "None yet: make one in the explorer"],
          ...paths.map(({ id, title }): [string, string] => [id, title]),
        ]}
        choose={(path) => change({ path: path || undefined })}
      />
    </section>
  );
}

/** `heightLoss` as Height loss. */
function wordsOf(name: string): string {
  const words = name.replace(/[a-z](?=[A-Z])/g, "$& ").replaceAll("_", " ");
  return words[0].toUpperCase() + words.slice(1).toLowerCase();
}

function Choice({ label, value, options, choose }: {
  label: string;
  value: string;
  options: readonly (readonly [string, string])[];
  choose(value: string): void;
}) {
  const id = useId();
  return (
    <div class="input">
      <label for={id}>{label}</label>
      <select id={id} value={value} onChange={({ currentTarget }) => choose(currentTarget.value)}>
        {options.map(([value, text]) => <option key={value} value={value}>{text}</option>)}
      </select>
    </div>
  );
}
