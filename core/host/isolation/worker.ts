/** The thread of an isolated plugin: it boots the plugin and does what its host calls for. */

import process from "node:process";
import { z } from "zod";
import { type Dataset, datasets } from "../../dataset.ts";
import { type EditContext, editors, type Target } from "../../editor.ts";
import { InputError } from "../../errors.ts";
import { packed, unpacked } from "./frames.ts";
import { type BlockingChannel, received } from "./blocking_channel.ts";
import {
  type FromIsolate,
  type IsolatedDescription,
  type IsolateOutcome,
  packedError,
  type ProbeFacts,
  type ToIsolate,
  unpackedError,
} from "./messages.ts";
import type { JobContext } from "../../job_context.ts";
import { type Judge, judges } from "../../judge.ts";
import { metrics, type PathRecord, type PathTools, type SeenPaths } from "../../metric.ts";
import { Host } from "../host.ts";
import { parseOptions } from "../plugin_options.ts";
import { type Probe, type ProbeJSON, probes } from "../../probe.ts";
import { type PluginModule, pluginsOf } from "../plugin_module.ts";
import type { Labels } from "../../labels.ts";
import { Random } from "../../random.ts";
import { callProbe, factsOf, remoteProbe } from "./remote_probe.ts";
import type { Codes, Images, Latents } from "../../tensor.ts";

// The part of a worker's global scope that is used; the library for workers clashes with the one for pages.
declare const self: {
  postMessage(message: Uint8Array | "here", transfer?: Transferable[]): void;
  onmessage: ((event: MessageEvent) => void) | null;
  close(): void;
};

/** How often the thread says that it is there, in ms: the process ends one that is not. */
const HERE = 400;

const here = () => self.postMessage("here");

function tell(message: FromIsolate, rings = false): void {
  const frame = packed(message, rings);
  self.postMessage(frame, [frame.buffer]);
}

/** What a running call has. */
interface Running {
  readonly signal: AbortSignal;
  /** Asks the host, and goes on when the answer comes. */
  ask(method: string, ...args: unknown[]): Promise<unknown>;
  /** Asks the host, and stands still until the answer comes. */
  askAndWait(method: string, ...args: unknown[]): unknown;
}

type Method = (running: Running, ...args: never[]) => unknown;

/**
 * Serves the plugins of a module to the host that has started this process.
 *
 * @param load Imports the module.
 * @param specifier Its name in messages.
 */
export function serve(load: () => Promise<PluginModule>, specifier: string): void {
  forbidExit();
  keepStdout();
  setInterval(here, HERE);
  self.onmessage = ({ data: channel }: MessageEvent<BlockingChannel>) => {
    let served: PluginServer | undefined;
    self.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => {
      const message = unpacked(data) as ToIsolate;
      if (message.type === "start") {
        served = new PluginServer(load, specifier, channel, message.settings);
      } else served?.hear(message);
    };
    here();
  };
}

/** The plugin's thread is the host's to end. Whoever ends it from inside leaves a call without a reply. */
function forbidExit(): void {
  const refuse = (what: string) => (): never => {
    throw new Error(`${what} is not for plugins`);
  };
  Object.defineProperty(Deno, "exit", { value: refuse("Deno.exit()") });
  Object.defineProperty(self, "close", { value: refuse("close()") });
  for (const name of ["exit", "reallyExit"]) {
    Object.defineProperty(process, name, { value: refuse(`process.${name}()`) });
  }
}

/** Standard output is for frames; what a plugin prints goes to standard error. */
function keepStdout(): void {
  for (const owner of [Deno, process]) {
    Object.defineProperty(owner, "stdout", { value: owner.stderr });
  }
  for (const name of PRINTING) console[name] = (...args: unknown[]) => console.error(...args);
}

/** The methods of `console` that print on standard output. */
const PRINTING = [
  "log",
  "info",
  "debug",
  "dir",
  "dirxml",
  "table",
  "group",
  "groupCollapsed",
  "count",
  "timeLog",
  "timeEnd",
] as const;

class PluginServer {
  readonly #channel: BlockingChannel;
  readonly #host: Promise<Host>;
  readonly #running = new Map<number, AbortController>();
  readonly #asked = new Map<number, (outcome: IsolateOutcome) => void>();
  /** Fitted probes and opened data sets, by handle. */
  readonly #probes = new Map<number, Probe>();
  readonly #datasets = new Map<number, Dataset>();
  readonly #judges = new Map<number, Judge>();
  #last = 0;
  /** Booted, for methods that cannot wait. */
  #booted?: Host;

  constructor(
    load: () => Promise<PluginModule>,
    specifier: string,
    channel: BlockingChannel,
    settings: unknown,
  ) {
    this.#channel = channel;
    this.#host = this.#boot(load, specifier, settings);
    this.#host.catch(() => {});
  }

  async #boot(
    load: () => Promise<PluginModule>,
    specifier: string,
    settings: unknown,
  ): Promise<Host> {
    const plugins = pluginsOf(await load(), specifier);
    this.#booted = await Host.boot(
      plugins.map((plugin) => settings === undefined ? plugin : { ...plugin, settings }),
    );
    return this.#booted;
  }

  hear(message: ToIsolate): void {
    here();
    switch (message.type) {
      case "call":
        return void this.#call(message);
      case "abort":
        return this.#running.get(message.call)?.abort();
      case "forget":
        this.#probes.delete(message.handle);
        this.#datasets.delete(message.handle);
        return;
      case "answer":
        this.#asked.get(message.id)?.(message.outcome);
        this.#asked.delete(message.id);
    }
  }

  async #call({ id, method, args, waits }: ToIsolate & { type: "call" }): Promise<void> {
    const controller = new AbortController();
    this.#running.set(id, controller);
    const reply = (outcome: IsolateOutcome) => tell({ type: "reply", id, outcome }, waits);
    try {
      await this.#host;
      const run = this.#methods[method] as (...args: unknown[]) => unknown;
      reply({ value: await run(this.#context(id, controller.signal), ...args) });
    } catch (error) {
      reply({ error: packedError(error) });
    }
    this.#running.delete(id);
  }

  #context(call: number, signal: AbortSignal): Running {
    const send = (method: string, args: unknown[], waits: boolean): number => {
      const id = ++this.#last;
      tell({ type: "ask", id, call, method, args, waits });
      return id;
    };
    const valueOf = (outcome: IsolateOutcome): unknown => {
      if ("error" in outcome) throw unpackedError(outcome.error);
      return outcome.value;
    };
    return {
      signal,
      ask: (method, ...args) => {
        const id = send(method, args, false);
        return new Promise<IsolateOutcome>((resolve) => this.#asked.set(id, resolve)).then(valueOf);
      },
      askAndWait: (method, ...args) => {
        send(method, args, true);
        while (true) {
          const frame = received(this.#channel, HERE) as ArrayBuffer | undefined;
          if (frame) return valueOf((unpacked(frame) as { outcome: IsolateOutcome }).outcome);
          here();
        }
      },
    };
  }

  /** What the host may call. */
  readonly #methods: Record<string, Method> = {
    setup: () => this.#describe(),

    fit: async (
      { signal },
      name: string,
      codes: Codes,
      labels: Labels,
      options: unknown,
      { scale, threshold, seed }: { scale: ProbeJSON["scale"]; threshold: number; seed: string },
    ) => {
      const member = this.#booted!.member(probes, name);
      const parsed = parseOptions(member.options, options, `the options of ${name}`);
      const context = { scale, threshold, signal, random: new Random(seed) };
      return this.#keep(await member.fit(codes, labels, parsed, context));
    },
    load: (_, name: string, json: ProbeJSON) =>
      this.#keep(this.#booted!.member(probes, name).load(json)),
    probe: (_, handle: number, method: string, args: unknown[]) =>
      callProbe(this.#probes.get(handle)!, method, args),

    edit: (
      running,
      name: string,
      latents: Latents,
      facts: ProbeFacts,
      targets: readonly Target[],
      options: unknown,
      statistics: EditContext["statistics"],
      hold: EditContext["hold"],
    ) => {
      const member = this.#booted!.member(editors, name);
      const parsed = parseOptions(member.options, options, `the options of ${name}`);
      const { signal } = running;
      const probe = remoteProbe(facts, running.askAndWait);
      return member.edit(latents, probe, targets, parsed, { statistics, hold, signal });
    },

    measure: (running, name: string, path: PathRecord, facts: ProbeFacts | undefined) => {
      const { signal, ask, askAndWait } = running;
      const asked = (method: string) => (...args: unknown[]) =>
        ask(method, ...args) as Promise<never>;
      const tools: PathTools = {
        get probe() {
          if (facts) return remoteProbe(facts, askAndWait);
          throw new TypeError(`the metric "${name}" uses the models, so it must have a cost`);
        },
        signal,
        encode: asked("encode"),
        encodeStochastic: asked("encodeStochastic"),
        render: asked("render"),
        edit: asked("edit"),
        training: asked("training"),
      };
      return this.#booted!.member(metrics, name).measure(path, tools);
    },

    together: (_, name: string, seen: SeenPaths) =>
      this.#booted!.member(metrics, name).together!(seen),

    openJudge: async (
      running,
      name: string,
      options: unknown,
      job: { id: string; seed: string },
    ) => {
      const member = this.#booted!.member(judges, name);
      const parsed = parseOptions(member.options, options, `the options of ${name}`);
      const judge = await member.open(parsed, readingJob(job, running, this.#booted!));
      const handle = ++this.#last;
      this.#judges.set(handle, judge);
      const { scale, classes, threshold, features, encoder } = judge;
      return { handle, facts: { scale, classes, threshold, features, encoder } };
    },
    judge: ({ signal }, handle: number, images: Images) =>
      this.#judges.get(handle)!.judge(images, { signal }),
    closeJudge: async (_, handle: number) => {
      await this.#judges.get(handle)?.[Symbol.asyncDispose]();
      this.#judges.delete(handle);
    },

    discover: (_, name: string) => this.#booted!.member(datasets, name).discover({ roots: [] }),
    open: async (_, name: string, id: string, options: unknown) => {
      const member = this.#booted!.member(datasets, name);
      const dataset = await member.open(id, options, { roots: [] });
      if (dataset.measurements?.length) {
        throw new InputError("its measurements cannot be isolated; set isolated to false");
      }
      const handle = ++this.#last;
      this.#datasets.set(handle, dataset);
      const { title, imageShape, scale, splits, license, citation, fingerprint, skipped, region } =
        dataset;
      return {
        handle,
        facts: {
          id,
          title,
          imageShape,
          scale,
          splits,
          license,
          citation,
          fingerprint,
          skipped,
          notes: dataset.notes,
          columns: dataset.columns,
          region,
        },
      };
    },
    get: (_, handle: number, split: string, indices: ArrayLike<number>) =>
      this.#datasets.get(handle)!.get(split, indices),
  };

  #keep(probe: Probe): { handle: number; facts: ProbeFacts } {
    const handle = ++this.#last;
    this.#probes.set(handle, probe);
    return { handle, facts: factsOf(probe) };
  }

  #describe(): IsolatedDescription[] {
    const host = this.#booted!;
    return host.plugins.map((plugin) => ({
      id: plugin.id,
      version: plugin.version,
      apiVersion: plugin.apiVersion,
      provides: plugin.provides,
      needs: plugin.needs,
      members: host.families.flatMap((family) =>
        host.members(family)
          .filter(({ name }) =>
            host.pluginOf(family, name) === host.plugins.find(({ id }) => id === plugin.id)
          )
          .map((member) => describedMember(family.name, member))
      ),
    }));
  }
}

/** A job that reads what is stored, and tells; a judge needs no more. */
function readingJob(
  { id, seed }: { id: string; seed: string },
  { signal, ask }: Running,
  host: Host,
): JobContext {
  const refuse = (what: string) => () => {
    throw new InputError(`an isolated judge cannot ${what}; set isolated to false`);
  };
  return {
    id,
    signal,
    host,
    random: new Random(seed),
    emit: (event) => void ask("emit", event),
    load: async (...args) => await ask("load", ...args) as never,
    read: async (...args) => await ask("read", ...args) as never,
    save: refuse("store results"),
    saveBlob: refuse("store results"),
    derived: refuse("store results"),
    inParts: refuse("share its work"),
    checkpoint: { read: refuse("read a checkpoint"), write: refuse("write a checkpoint") },
  };
}

function describedMember(
  family: string,
  member: {
    readonly name: string;
    description?: unknown;
    options?: unknown;
    cost?: unknown;
    together?: unknown;
  },
) {
  const { name, description, options, cost, together } = member;
  return {
    family,
    name,
    description: String(description),
    ...(options instanceof z.ZodType &&
      { options: z.toJSONSchema(options, { io: "input", unrepresentable: "any" }) }),
    ...(cost !== undefined && { cost: String(cost) }),
    ...(together !== undefined && { together: true }),
  };
}
