/** The thread of an isolated plugin: it boots the plugin and does what its host calls for. */

import { receiveMessageOnPort } from "node:worker_threads";
import { z } from "zod";
import type { Dataset } from "./dataset.ts";
import type { EditContext, Target } from "./editor.ts";
import { InputError } from "./errors.ts";
import { interruptible } from "./interruptible.ts";
import {
  boxed,
  copied,
  type FromIsolate,
  given,
  type IsolatedDescription,
  type IsolateOutcome,
  packedError,
  type ProbeFacts,
  type ToIsolate,
  unboxed,
  unpackedError,
} from "./isolation_messages.ts";
import type { PathRecord, PathTools } from "./metric.ts";
import { datasets, editors, Host, metrics, parseOptions, probes } from "./plugin.ts";
import { type PluginModule, pluginsOf } from "./plugin_module.ts";
import type { Labels, Probe, ProbeJSON } from "./probe.ts";
import { Random } from "./random.ts";
import { callProbe, factsOf, remoteProbe } from "./remote_probe.ts";
import type { Codes, Latents } from "./tensor.ts";

// The part of a worker's global scope that is used; the library for workers clashes with the one for pages.
declare const self: {
  postMessage(message: FromIsolate, transfer?: Transferable[]): void;
  onmessage: ((event: MessageEvent<ToIsolate>) => void) | null;
  close(): void;
};

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
 * Serves the plugins of a module to the host that has started this thread.
 *
 * @param load Imports the module.
 * @param specifier Its name in messages.
 */
export function serve(load: () => Promise<PluginModule>, specifier: string): void {
  forbidExit();
  self.onmessage = ({ data }) => {
    if (data.type === "start") self.onmessage = new Served(load, specifier, data).listener;
  };
}

/** The plugin's thread is the host's to end. Whoever ends it from inside leaves a call without a reply. */
function forbidExit(): void {
  const refuse = (what: string) => (): never => {
    throw new Error(`${what} is not for plugins`);
  };
  Object.defineProperty(Deno, "exit", { value: refuse("Deno.exit()") });
  Object.defineProperty(self, "close", { value: refuse("close()") });
}

class Served {
  readonly #start: ToIsolate & { type: "start" };
  readonly #host: Promise<Host>;
  readonly #running = new Map<number, AbortController>();
  readonly #asked = new Map<number, (outcome: IsolateOutcome) => void>();
  /** Fitted probes and opened data sets, by handle. */
  readonly #probes = new Map<number, Probe>();
  readonly #datasets = new Map<number, Dataset>();
  #last = 0;
  /** Booted, for methods that cannot wait. */
  #booted?: Host;

  constructor(
    load: () => Promise<PluginModule>,
    specifier: string,
    start: ToIsolate & { type: "start" },
  ) {
    this.#start = start;
    this.#host = this.#boot(load, specifier);
    this.#host.catch(() => {});
  }

  async #boot(load: () => Promise<PluginModule>, specifier: string): Promise<Host> {
    const { settings } = this.#start;
    const plugins = pluginsOf(await load(), specifier);
    this.#booted = await Host.boot(
      plugins.map((plugin) => settings === undefined ? plugin : { ...plugin, settings }),
    );
    return this.#booted;
  }

  readonly listener = ({ data }: MessageEvent<ToIsolate>): void => {
    switch (data.type) {
      case "call":
        return void this.#call(data);
      case "abort":
        return this.#running.get(data.call)?.abort();
      case "forget":
        this.#probes.delete(data.handle);
        this.#datasets.delete(data.handle);
        return;
      case "answer":
        this.#asked.get(data.id)?.(data.outcome);
        this.#asked.delete(data.id);
    }
  };

  async #call({ id, method, args, waits }: ToIsolate & { type: "call" }): Promise<void> {
    const controller = new AbortController();
    this.#running.set(id, controller);
    let outcome: IsolateOutcome;
    const transfer: Transferable[] = [];
    try {
      await this.#host;
      const run = this.#methods[method] as (...args: unknown[]) => unknown;
      const context = this.#context(id, controller.signal);
      const made = interruptible(() => run(context, ...args), this.#start.patience);
      const result = made instanceof Promise ? await made : made;
      const value = given(result, transfer);
      outcome = { value: waits ? boxed(value) : value };
    } catch (error) {
      transfer.length = 0;
      outcome = { error: packedError(error) };
    }
    this.#running.delete(id);
    const { heapUsed, external } = Deno.memoryUsage();
    const reply: FromIsolate = { type: "reply", id, outcome, memory: heapUsed + external };
    const { replies, bells } = this.#start;
    if (!waits) return self.postMessage(reply, transfer);
    replies.postMessage(reply, transfer);
    Atomics.store(bells, 0, 1);
    Atomics.notify(bells, 0);
  }

  #context(call: number, signal: AbortSignal): Running {
    const send = (method: string, args: unknown[], waits: boolean): number => {
      const transfer: Transferable[] = [];
      const id = ++this.#last;
      const message = { type: "ask" as const, id, call, method, waits };
      self.postMessage({ ...message, args: copied(args, transfer) as unknown[] }, transfer);
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
        const { answers, bells } = this.#start;
        Atomics.store(bells, 1, 0);
        send(method, args, true);
        Atomics.wait(bells, 1, 0);
        const { message } = receiveMessageOnPort(answers as never)!;
        return unboxed(valueOf((message as { outcome: IsolateOutcome }).outcome));
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
    ) => {
      const member = this.#booted!.member(editors, name);
      const parsed = parseOptions(member.options, options, `the options of ${name}`);
      const { signal } = running;
      const probe = remoteProbe(facts, running.askAndWait);
      return member.edit(latents, probe, targets, parsed, { statistics, signal });
    },

    measure: (running, name: string, path: PathRecord, facts: ProbeFacts) => {
      const { signal, ask, askAndWait } = running;
      const asked = (method: string) => (...args: unknown[]) =>
        ask(method, ...args) as Promise<never>;
      const tools: PathTools = {
        probe: remoteProbe(facts, askAndWait),
        signal,
        encode: asked("encode"),
        encodeStochastic: asked("encodeStochastic"),
        render: asked("render"),
        edit: asked("edit"),
      };
      return this.#booted!.member(metrics, name).measure(path, tools);
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
      const { title, imageShape, scale, splits, licence, citation, fingerprint, skipped } = dataset;
      return {
        handle,
        facts: { id, title, imageShape, scale, splits, licence, citation, fingerprint, skipped },
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

function describedMember(
  family: string,
  member: { readonly name: string; description?: unknown; options?: unknown; cost?: unknown },
) {
  const { name, description, options, cost } = member;
  return {
    family,
    name,
    description: String(description),
    ...(options instanceof z.ZodType &&
      { options: z.toJSONSchema(options, { io: "input", unrepresentable: "any" }) }),
    ...(cost !== undefined && { cost: String(cost) }),
  };
}
