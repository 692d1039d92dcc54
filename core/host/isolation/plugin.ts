/** Plugins that run in a process of their own, as the host uses them: every member is a stand-in that calls there. */

import { z } from "zod";
import type { PluginEntry } from "../configuration.ts";
import {
  type Batch,
  type Dataset,
  type DatasetPlugin,
  datasets,
  type DiscoveredDataset,
} from "../../dataset.ts";
import { type Edit, type EditorPlugin, editors } from "../../editor.ts";
import { PluginError } from "../../errors.ts";
import { type HostMethods, Isolate } from "./isolate.ts";
import type { IsolatedDescription, IsolatedMember, ProbeFacts } from "./messages.ts";
import {
  type Figures,
  type MetricPlugin,
  metrics,
  type PathTools,
  type SeenPaths,
} from "../../metric.ts";
import type { Family } from "../../family.ts";
import type { JobContext } from "../../job_context.ts";
import { type Judge, type Judged, type JudgePlugin, judges } from "../../judge.ts";
import type { Plugin } from "../plugin.ts";
import { type Probe, type ProbeJSON, type ProbePlugin, probes } from "../../probe.ts";
import { callProbe, factsOf, remoteProbe } from "./remote_probe.ts";

/**
 * The two processes of a module. Editors and metrics ask for what the host's probe says, and the host may have to ask the same
 * module's probe for it: that must not be the process that waits.
 */
interface Processes {
  readonly probes: Isolate;
  readonly others: Isolate;
}

interface StandIn {
  readonly family: Family<{ readonly name: string }>;
  make(member: IsolatedMember, processes: Processes): { readonly name: string };
}

const standIns: readonly StandIn[] = [
  { family: datasets as StandIn["family"], make: datasetPlugin },
  { family: probes as StandIn["family"], make: probePlugin },
  { family: editors as StandIn["family"], make: editor },
  { family: metrics as StandIn["family"], make: metric },
  { family: judges as StandIn["family"], make: judgePlugin },
];

/**
 * Starts the plugins of the module `url` in a process without permissions.
 *
 * @throws {PluginError} When the module cannot be imported or set up, takes too long for it, or brings members of a family
 * that cannot be isolated.
 */
export async function isolatedPlugins(url: string, entry: PluginEntry): Promise<Plugin[]> {
  const processes = { probes: new Isolate(url, entry), others: new Isolate(url, entry) };
  const dispose = async () => {
    await processes.probes[Symbol.asyncDispose]();
    await processes.others[Symbol.asyncDispose]();
  };
  try {
    const described = await processes.probes.call("setup", []) as IsolatedDescription[];
    processes.probes.plugin = processes.others.plugin = described.map(({ id }) => id).join(", ");
    return described.map((plugin) => ({
      ...standIn(plugin, processes),
      [Symbol.asyncDispose]: dispose,
    }));
  } catch (error) {
    await dispose();
    if (error instanceof PluginError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new PluginError(entry.use, `cannot be imported: ${reason}`, { cause: error });
  }
}

function standIn(described: IsolatedDescription, processes: Processes): Plugin {
  const { id, version, apiVersion, provides, needs, members } = described;
  const made = members.map((member) => {
    const found = standIns.find(({ family }) => family.name === member.family);
    if (found) return { family: found.family, member: found.make(member, processes) };
    const known = standIns.map(({ family }) => family.name).join(", ");
    throw new PluginError(
      id,
      `brings "${member.name}" of ${member.family}, which cannot be isolated; only ${known} can. ` +
        "Set isolated to false if you trust the plugin with all that the server may do",
    );
  });
  return {
    id,
    version,
    apiVersion,
    ...(provides && { provides }),
    ...(needs && { needs }),
    setup(registry) {
      for (const { family, member } of made) registry.add(family, member);
    },
  };
}

function schemaOf({ options }: IsolatedMember): z.ZodType {
  return options
    ? z.fromJSONSchema(options as Parameters<typeof z.fromJSONSchema>[0])
    : z.unknown();
}

/** What the process keeps for a handle is let go with the object here that stands for it. */
const forgotten = new FinalizationRegistry<() => void>((forget) => forget());

function probePlugin(member: IsolatedMember, { probes: isolate }: Processes): ProbePlugin {
  const { name, description } = member;
  const load = (json: ProbeJSON) => isolate.callAndWait("load", name, json) as Kept;
  const probeOf = (kept: Kept): Probe => {
    let { handle } = kept;
    let start = isolate.starts;
    const probe = remoteProbe(kept.facts, (method, ...args) => {
      // After an end of the process the probe is there no more, but all that it takes to have it again is.
      if (start !== isolate.starts || !isolate.running) {
        ({ handle } = load(kept.facts.json));
        start = isolate.starts;
      }
      return isolate.callAndWait("probe", handle, method, args);
    });
    forgotten.register(probe, () => isolate.forget(handle, start));
    return probe;
  };
  return {
    name,
    description,
    options: schemaOf(member),
    async fit(codes, labels, options, { scale, threshold, random, signal }) {
      const context = { scale, threshold, seed: random.seed };
      const args = [name, codes, labels, options, context];
      return probeOf(await isolate.call("fit", args, { signal }) as Kept);
    },
    load: (json) => probeOf(load(json)),
  };
}

interface Kept {
  readonly handle: number;
  readonly facts: ProbeFacts;
}

/** The methods of a probe, for a process that asks. */
function probeMethods(probe: Probe) {
  const names = ["score", "gradient", "probability", "grade", "label", "scoreAt"];
  const all = [
    ...names,
    "scoreAtProbability",
    "classes.probabilities",
    "classes.logOdds",
    "classes.gradient",
  ];
  return Object.fromEntries(
    all.map((method) => [method, (...args: unknown[]) => callProbe(probe, method, args)]),
  );
}

function editor(member: IsolatedMember, { others: isolate }: Processes): EditorPlugin {
  const { name, description } = member;
  return {
    name,
    description,
    options: schemaOf(member),
    async edit(latents, probe, targets, options, { statistics, hold, signal }) {
      const args = [name, latents, factsOf(probe), targets, options, statistics, hold];
      return await isolate.call("edit", args, { host: probeMethods(probe), signal }) as Edit;
    },
  };
}

function metric(member: IsolatedMember, { others: isolate }: Processes): MetricPlugin {
  const { name, description, cost, together } = member;
  return {
    name,
    description,
    ...(cost !== undefined && { cost }),
    async measure(path, tools) {
      // Without a cost the models are withheld: looking at a tool is already using it.
      const light = cost === undefined;
      const signal = light ? undefined : tools.signal;
      const host: HostMethods = {
        ...!light && probeMethods(tools.probe),
        encode: (...args: Parameters<PathTools["encode"]>) => tools.encode(...args),
        encodeStochastic: (...args: Parameters<PathTools["encodeStochastic"]>) =>
          tools.encodeStochastic(...args),
        render: (...args: Parameters<PathTools["render"]>) => tools.render(...args),
        edit: (...args: Parameters<PathTools["edit"]>) => tools.edit(...args),
        training: () => Promise.resolve(tools.training?.()),
      };
      const args = [name, path, light ? undefined : factsOf(tools.probe)];
      return await isolate.call("measure", args, { host, signal }) as Figures;
    },
    ...together && {
      together: async (seen: SeenPaths) => await isolate.call("together", [name, seen]) as Figures,
    },
  };
}

function datasetPlugin(member: IsolatedMember, { others: isolate }: Processes): DatasetPlugin {
  const { name, description } = member;
  const open = async (id: string, options: unknown) =>
    await isolate.call("open", [name, id, options]) as {
      handle: number;
      facts: Omit<Dataset, "get">;
    };
  return {
    name,
    description,
    options: schemaOf(member),
    discover: async () => await isolate.call("discover", [name]) as DiscoveredDataset[],
    async open(id, options) {
      const opened = await open(id, options);
      let { handle } = opened;
      let start = isolate.starts;
      const dataset: Dataset = {
        ...opened.facts,
        async get(split, indices) {
          if (start !== isolate.starts || !isolate.running) {
            ({ handle } = await open(id, options));
            start = isolate.starts;
          }
          return await isolate.call("get", [handle, split, indices]) as Batch;
        },
      };
      forgotten.register(dataset, () => isolate.forget(handle, start));
      return dataset;
    },
  };
}

/** Of a job an isolated judge has what it needs to read stored files; it stores nothing. */
function jobMethods(job: JobContext): HostMethods {
  return {
    load: (...args: Parameters<JobContext["load"]>) => job.load(...args),
    read: (...args: Parameters<JobContext["read"]>) => job.read(...args),
    emit: (...args: Parameters<JobContext["emit"]>) => job.emit(...args),
  };
}

function judgePlugin(member: IsolatedMember, { others: isolate }: Processes): JudgePlugin {
  const { name, description } = member;
  const open = async (options: unknown, job: JobContext) => {
    const args = [name, options, { id: job.id, seed: job.random.seed }];
    return await isolate.call("openJudge", args, {
      host: jobMethods(job),
      signal: job.signal,
    }) as { handle: number; facts: Omit<Judge, "judge"> };
  };
  return {
    name,
    description,
    options: schemaOf(member),
    async open(options, job) {
      const opened = await open(options, job);
      let { handle } = opened;
      let start = isolate.starts;
      return {
        ...opened.facts,
        async judge(images, { signal } = {}) {
          if (start !== isolate.starts || !isolate.running) {
            ({ handle } = await open(options, job));
            start = isolate.starts;
          }
          return await isolate.call("judge", [handle, images], { signal }) as Judged;
        },
        async [Symbol.asyncDispose]() {
          if (start !== isolate.starts || !isolate.running) return;
          await isolate.call("closeJudge", [handle]);
        },
      };
    },
  };
}
