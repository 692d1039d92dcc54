/** Plugins that are not built in, with a check at every border: wrong results end where they arise, under their author's name. */

import { Border } from "./border.ts";
import { type Dataset, type DatasetPlugin, datasets } from "../dataset.ts";
import { type EditorPlugin, editors } from "../editor.ts";
import { type Judge, type JudgePlugin, judges } from "../judge.ts";
import { type Figures, type MetricPlugin, metrics, type SeenPaths } from "../metric.ts";
import type { Family } from "../family.ts";
import type { Plugin } from "./plugin.ts";
import { type Probe, type ProbePlugin, probes } from "../probe.ts";
import type { Codes } from "../tensor.ts";

/** Of each guarded family: a member as the host may use it. */
const guards: Record<string, (member: never, border: Border) => { readonly name: string }> = {
  [datasets.name]: guardedDatasetPlugin,
  [probes.name]: guardedProbePlugin,
  [editors.name]: guardedEditor,
  [metrics.name]: guardedMetric,
  [judges.name]: guardedJudgePlugin,
};

/**
 * The plugin, with checked members: results of data sets, probes, editors, metrics and judges have the shape, the type and the finite
 * numbers that their families promise, inputs stay as they are, and an error that is no answer becomes a PluginError. Other
 * families pass.
 *
 * @param copies The members get copies of their inputs anyway.
 */
export function guarded(plugin: Plugin, { copies = false }: { copies?: boolean } = {}): Plugin {
  return {
    ...plugin,
    setup: (registry, options) =>
      plugin.setup({
        add<Member extends { readonly name: string }>(family: Family<Member>, member: Member) {
          const guard = guards[family.name];
          const what = `${family.name.replace(/s$/, "")} "${member.name}"`;
          const border = new Border(plugin.id, what, copies);
          registry.add(
            family,
            guard ? guard(member as never, border) as unknown as Member : member,
          );
        },
      }, options),
  };
}

function guardedProbePlugin(member: ProbePlugin, border: Border): ProbePlugin {
  const { name, description, options } = member;
  return {
    name,
    description,
    options,
    fit: async (codes, labels, given, context) =>
      guardedProbe(
        await border.callAsync("fit", [codes], () => member.fit(codes, labels, given, context)),
        border,
      ),
    load: (json) => guardedProbe(border.call("load", [], () => member.load(json)), border),
  };
}

function guardedProbe(probe: Probe, border: Border): Probe {
  const { plugin, codeSize, scale, selection, label, classes } = probe;
  const numbers = (method: string, codes: Codes, length: number, run: () => Float64Array) =>
    border.numbers(method, border.call(method, [codes], run), length, [codes]);
  const each = (method: "score" | "probability" | "grade") => (codes: Codes) =>
    numbers(method, codes, codes.shape[0], () => probe[method](codes));
  const tensor = (method: string, codes: Codes, run: () => Codes) =>
    border.tensor(method, border.call(method, [codes], run), codes.shape, [codes]);
  const one = (method: "scoreAt" | "scoreAtProbability") => (at: number) =>
    border.number(method, border.call(method, [], () => probe[method](at)));
  return {
    plugin,
    codeSize,
    scale,
    score: each("score"),
    gradient: (codes) => tensor("gradient", codes, () => probe.gradient(codes)),
    probability: each("probability"),
    grade: each("grade"),
    ...(selection && { selection }),
    ...(label && {
      label: (codes: Codes) => {
        const labels = border.call("label", [codes], () => label.call(probe, codes));
        return border.integers("label", labels, codes.shape[0]);
      },
    }),
    ...(classes && {
      classes: {
        probabilities: (codes: Codes) =>
          numbers(
            "probabilities",
            codes,
            codes.shape[0] * scale.names.length,
            () => classes.probabilities(codes),
          ),
        logOdds: (codes: Codes, index: number) =>
          numbers("logOdds", codes, codes.shape[0], () => classes.logOdds(codes, index)),
        gradient: (codes: Codes, index: number) =>
          tensor("gradient", codes, () => classes.gradient(codes, index)),
      },
    }),
    scoreAt: one("scoreAt"),
    scoreAtProbability: one("scoreAtProbability"),
    toJSON: () => border.call("toJSON", [], () => probe.toJSON()),
  };
}

function guardedEditor(member: EditorPlugin, border: Border): EditorPlugin {
  const { name, description, options } = member;
  return {
    name,
    description,
    options,
    async edit(latents, probe, targets, given, context) {
      const inputs = [latents.codes, latents.noise];
      const edit = await border.callAsync(
        "edit",
        inputs,
        () => member.edit(latents, probe, targets, given, context),
      );
      border.tensor("edit", edit?.latents?.codes, latents.codes.shape, inputs);
      border.tensor("edit", edit.latents.noise, latents.noise.shape, inputs);
      for (const key of ["targetScore", "length", "lengthRatio", "percentile"] as const) {
        border.numbers("edit", edit[key], targets.length, inputs);
      }
      return edit;
    },
  };
}

function guardedMetric(member: MetricPlugin, border: Border): MetricPlugin {
  const { name, description, cost } = member;
  const checked = (method: string, figures: Figures): Figures => {
    if (typeof figures !== "object" || figures === null) {
      throw border.error(method, `returned ${String(figures)}; expected figures by name`);
    }
    for (const [figure, value] of Object.entries(figures)) {
      if (typeof value === "number") continue;
      throw border.error(method, `gave ${figure} as a ${typeof value}; expected a number`);
    }
    return figures;
  };
  return {
    name,
    description,
    ...(cost !== undefined && { cost }),
    async measure(path, tools) {
      const inputs = [path.original, path.frames, path.codes];
      return checked(
        "measure",
        await border.callAsync("measure", inputs, () => member.measure(path, tools)),
      );
    },
    ...(member.together && {
      together: async (seen: SeenPaths) =>
        checked(
          "together",
          await border.callAsync("together", [], () => member.together!(seen)),
        ),
    }),
  };
}

function guardedDatasetPlugin(member: DatasetPlugin, border: Border): DatasetPlugin {
  const { name, description, options } = member;
  return {
    name,
    description,
    options,
    discover: (context) => border.callAsync("discover", [], () => member.discover(context)),
    open: async (id, given, context) =>
      guardedDataset(
        await border.callAsync("open", [], () => member.open(id, given, context)),
        border,
      ),
  };
}

function guardedDataset(dataset: Dataset, border: Border): Dataset {
  const { id, title, imageShape, scale, splits, license, citation, fingerprint, skipped } = dataset;
  return {
    id,
    title,
    imageShape,
    scale,
    splits,
    fingerprint,
    ...(license !== undefined && { license }),
    ...(citation !== undefined && { citation }),
    ...(skipped && { skipped }),
    ...(dataset.notes && { notes: dataset.notes }),
    ...(dataset.columns && { columns: dataset.columns }),
    ...(dataset.measurements && { measurements: dataset.measurements }),
    ...(dataset.region && { region: dataset.region }),
    async get(split, indices) {
      const batch = await border.callAsync("get", [], () => dataset.get(split, indices));
      const n = indices.length;
      border.tensor("get", batch?.images, [n, ...imageShape]);
      const labels: unknown = batch.labels;
      if (!(ArrayBuffer.isView(labels) && "length" in labels && labels.length === n)) {
        throw border.error("get", `returned labels that are no typed array of ${n}`);
      }
      if (!Array.isArray(batch.ids) || batch.ids.length !== n) {
        throw border.error("get", `returned ids that are no array of ${n}`);
      }
      return batch;
    },
  };
}

function guardedJudgePlugin(member: JudgePlugin, border: Border): JudgePlugin {
  const { name, description, options, inputs } = member;
  return {
    name,
    description,
    options,
    ...(inputs && { inputs: (given, host) => inputs.call(member, given, host) }),
    open: async (given, job) =>
      guardedJudge(
        await border.callAsync("open", [], () => member.open(given, job)),
        border,
      ),
  };
}

function guardedJudge(judge: Judge, border: Border): Judge {
  const { scale, classes, threshold, features, encoder } = judge;
  return {
    ...(scale && { scale }),
    ...(classes !== undefined && { classes }),
    ...(threshold !== undefined && { threshold }),
    ...(features && { features }),
    ...(encoder !== undefined && { encoder }),
    async judge(images, options) {
      const [n] = images.shape;
      const told = await border.callAsync("judge", [images], () => judge.judge(images, options));
      const grades = border.numbers("judge", told?.grades, n, [images]);
      const seen = features && {
        features: border.numbers("judge", told.features, n * features.size, [images]),
      };
      if (classes === undefined) return { grades, ...seen };
      const probabilities = border.numbers("judge", told.probabilities, n * classes, [images]);
      border.distributions("judge", probabilities, classes);
      return { grades, probabilities, ...seen };
    },
    [Symbol.asyncDispose]: () => judge[Symbol.asyncDispose](),
  };
}
