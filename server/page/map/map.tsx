/** The latent map: the codes of a data set as points of a plane, colored by grade. */

import { useMemo, useState } from "preact/hooks";
import { address, addressOf, go, remember } from "../shared/address.ts";
import { JobProgress } from "../jobs/state.tsx";
import { MapChoice, METHODS } from "./choice.tsx";
import { groupsOf } from "./groups.ts";
import { hrefOf } from "./card.tsx";
import { MapLegend, PathLegend } from "./legend.tsx";
import { MapModelContext } from "./model.ts";
import { type LatentMap, MAP_PATHS, type MapPath } from "./operations.ts";
import { MapPlot } from "./plot.tsx";
import { type MapOptions, type MapState, useLatentMap } from "./state.ts";
import { type Model, MODELS } from "../shared/operations.ts";
import { inOrder } from "../shared/model_order.ts";
import { currentImage } from "../shared/current.ts";
import { LinkProblem } from "../shared/link_problem.tsx";
import { everyNode } from "../shared/pages.ts";
import { useQuery, useReading } from "../shared/query.ts";

/** How often the list of paths is read again, in ms. */
const REFRESH = 10_000;

/** The view. */
export function Latents() {
  const { data, trouble } = useReading(
    async () => inOrder(await everyNode<Model>(MODELS)),
    "models",
  );
  const { data: made } = useQuery<{ paths: { nodes: readonly MapPath[] } }>(MAP_PATHS, {}, REFRESH);
  const models = data?.filter(({ dataset }) => dataset) ?? [];
  const missing = data ? missingFrom(address.value, models) : [];
  const options = data && !missing.length ? optionsFrom(address.value, models) : undefined;
  const state = useLatentMap(options);
  if (!data) return <p class="note" role="status">{trouble || "Loading …"}</p>;
  if (missing.length) return <LinkProblem missing={missing} view="map" title="The map" />;
  if (!options) return <NoModels />;
  const encoder = models.find(({ id }) => id === options.probe)?.encoder?.id;
  const paths = made?.paths.nodes.filter(({ encoderId }) => encoderId === encoder) ?? [];
  const change = (news: Partial<MapOptions>) => {
    const { probe, split, method, limit, color, path } = { ...options, ...news };
    remember("map", {
      model: probe,
      split,
      method,
      limit: String(limit),
      ...(color && { color }),
      ...(path && { path }),
    });
  };
  return (
    <MapModelContext.Provider value={options.probe}>
      <div class="sides map">
        <MapChoice models={models} paths={paths} options={options} change={change} />
        <section class="map-body" aria-label="Map" aria-busy={!state.current && !state.error}>
          <MapStatus state={state} />
          <p class="spoken" role="status">{state.current ? "The map is there" : ""}</p>
          {state.map && <Body map={state.map} model={options.probe} />}
        </section>
      </div>
    </MapModelContext.Provider>
  );
}

/** What the address asks for; where it says nothing, held-out images by their distance to the boundary. */
function optionsFrom(asked: URLSearchParams, models: readonly Model[]): MapOptions | undefined {
  const model = models.find(({ id }) => id === asked.get("model")) ?? models[0];
  if (!model?.dataset) return undefined;
  const splits = model.dataset.splits.filter(({ size }) => size > 1).map(({ name }) => name);
  const held = splits.find((name) => name !== "train");
  const wanted = asked.get("split") ?? "";
  const [color, path] = [asked.get("color"), asked.get("path")];
  return {
    probe: model.id,
    split: splits.includes(wanted) ? wanted : held ?? splits[0],
    method: Object.hasOwn(METHODS, asked.get("method") ?? "")
      ? asked.get("method")!
      : Object.keys(METHODS)[0],
    limit: Number(asked.get("limit")) || 2000,
    ...(color && { color }),
    ...(path && { path }),
  };
}

/** What the address asks for and is not here. */
function missingFrom(asked: URLSearchParams, models: readonly Model[]): string[] {
  const id = asked.get("model");
  const model = id === null ? models[0] : models.find((model) => model.id === id);
  if (!model) return id === null ? [] : [`The model ${id}`];
  const split = asked.get("split");
  const method = asked.get("method");
  return [
    ...split === null || model.dataset?.splits.some(({ name }) => name === split)
      ? []
      : [`The split “${split}” of the data set`],
    ...method === null || Object.hasOwn(METHODS, method) ? [] : [`The method “${method}”`],
  ];
}

function Body({ map, model }: { map: LatentMap; model: string }) {
  const [hidden, setHidden] = useState<ReadonlySet<number>>(new Set());
  const [chosen, choose] = useState<number>();
  const { groups, of } = useMemo(() => groupsOf(map), [map]);
  useMemo(() => choose(undefined), [map]);
  const toggle = (group: number) => {
    const next = new Set(hidden);
    if (!next.delete(group)) next.add(group);
    setHidden(next);
  };
  const share = (i: number) =>
    map.explainedVariance && ` · ${Math.round(100 * map.explainedVariance[i])} % of the variance`;
  return (
    <>
      <MapLegend title={map.color ?? "Grades"} groups={groups} hidden={hidden} toggle={toggle} />
      <div class="axes">
        <span class="axis y">{map.axes[1]}{share(1)}</span>
        <MapPlot
          map={map}
          groups={groups}
          of={of}
          hidden={hidden}
          chosen={chosen}
          choose={choose}
          here={indexIn(map, model)}
          open={(point) => go(hrefOf(model, map.split, map.points[point]))}
        />
        <span class="axis x">{map.axes[0]}{share(0)}</span>
      </div>
      {map.path && <PathLegend />}
      <p class="note">
        {map.explainedVariance
          ? "Both axes have the same scale; near on the map is not always near in all dimensions."
          : `${
            map.axes[0].slice(0, -2)
          } shows who is near whom; distances and directions mean nothing by themselves.`}{" "}
        Choose a point to start the explorer from it; arrow keys go from point to point.
      </p>
    </>
  );
}

/** The place in the map's split of the image that was looked at last, where it is of this map. */
function indexIn({ split }: LatentMap, model: string): number | undefined {
  const { value: current } = currentImage;
  return current?.model === model && current.split === split ? current.index : undefined;
}

function MapStatus({ state }: { state: MapState & { again(): void } }) {
  const { current, error, progress, disconnected, map, again } = state;
  if (error) {
    return (
      <div class="map-status" role="alert">
        <p class="problem">{error}</p>
        <button type="button" onClick={again}>Try again</button>
      </div>
    );
  }
  if (current) return null;
  return (
    <div class="map-status" data-first={map ? undefined : true}>
      <JobProgress progress={progress ?? null} />
      <p class="note">
        {disconnected
          ? "Waiting for the server …"
          : progress
          ? `${progress.message ?? "Mapping"}: ${progress.step} of ${progress.total}`
          : "Waits for its turn"}
      </p>
    </div>
  );
}

function NoModels() {
  return (
    <section class="empty">
      <h2>There is no model yet</h2>
      <p>
        A map shows the codes that a probe was fitted to.{" "}
        <a href={addressOf("training")}>
          Train an encoder
        </a>, then run <code>encode</code> and <code>trainProbe</code> from{" "}
        <a href={addressOf("jobs", { show: "start" })}>Start a task</a>.
      </p>
    </section>
  );
}
