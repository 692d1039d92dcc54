/** The plugin host: filled by plugins at boot and sealed afterwards. */

import { z } from "zod";
import {
  type Dataset,
  type DatasetContext,
  type DatasetHost,
  datasets,
  type DiscoveredDataset,
} from "../dataset.ts";
import { editors } from "../editor.ts";
import { encoders } from "../encoder.ts";
import { InputError, NotFoundError, PluginError } from "../errors.ts";
import type { AnyOptions, Family } from "../family.ts";
import type { PluginHost } from "../job_context.ts";
import { judges } from "../judge.ts";
import { metrics } from "../metric.ts";
import type { OptionsSchema } from "../options_schema.ts";
import { probes } from "../probe.ts";
import type { ProviderChoice } from "../provider.ts";
import { tasks } from "../task.ts";
import type { Plugin } from "./plugin.ts";
import { memberFault, optionsFault, sameTask } from "./plugin_faults.ts";
import { checkFit, settingsOf } from "./plugin_fit.ts";

interface Entry {
  readonly member: { readonly name: string };
  readonly plugin: Plugin;
}

/**
 * Holds the plugins of a process. Registration ends with {@linkcode Host.boot}; disposal runs in reverse order.
 *
 * @example
 * ```ts
 * import { definePlugin, Host, metrics } from "@countergrade/countergrade";
 * import { assertEquals } from "@std/assert";
 *
 * const plugin = definePlugin({
 *   id: "frame-count",
 *   version: "1.0.0",
 *   apiVersion: "^1",
 *   setup(registry) {
 *     registry.add(metrics, {
 *       name: "frameCount",
 *       description: "Number of frames",
 *       measure: (path) => ({ frameCount: path.frames.shape[0] }),
 *     });
 *   },
 * });
 * await using host = await Host.boot([plugin]);
 * assertEquals(host.names(metrics), ["frameCount"]);
 * ```
 */
export class Host implements AsyncDisposable, PluginHost {
  /** Every plugin, in the order of boot. */
  readonly plugins: readonly Plugin[];
  /** What data set plugins are discovered and opened with. */
  readonly datasetContext: DatasetContext;
  /** Where graphs shall run, unless a task's options say it. */
  readonly provider: ProviderChoice;
  #families = new Map<
    string,
    { family: Family<{ readonly name: string }>; entries: Map<string, Entry> }
  >();
  #sealed = false;

  private constructor(
    plugins: readonly Plugin[],
    context: DatasetContext,
    provider: ProviderChoice,
  ) {
    this.plugins = plugins;
    this.datasetContext = context;
    this.provider = provider;
  }

  /**
   * Sets the plugins up in order and closes registration. Graphs run on the CPU unless `provider` names another or `auto`.
   *
   * When that fails, all of them are disposed.
   *
   * @throws {PluginError} Naming the plugin whose setup throws, whose name or version is none or taken, whose apiVersion differs, whose
   * settings do not fit, that requires another which is not there, whose members have no name that the API can use or no
   * description, or that adds something else than it `provides`.
   */
  static async boot(
    plugins: readonly Plugin[],
    context: DatasetContext = { roots: [] },
    { provider = "cpu" }: { provider?: ProviderChoice } = {},
  ): Promise<Host> {
    const host = new Host(plugins, context, provider);
    for (const family of [datasets, encoders, probes, editors, metrics, judges, tasks]) {
      host.#family(family as Family<{ readonly name: string }>);
    }
    try {
      const seen = new Set<string>();
      for (const plugin of plugins) {
        if (seen.has(plugin.id)) throw new PluginError(plugin.id, "is listed twice");
        seen.add(plugin.id);
        await host.#setup(plugin);
      }
      host.#checkOptions();
    } catch (error) {
      await host[Symbol.asyncDispose]().catch(() => {});
      throw error;
    }
    host.#sealed = true;
    return host;
  }

  async #setup(plugin: Plugin): Promise<void> {
    checkFit(plugin, this.plugins);
    const options = await settingsOf(plugin);
    try {
      await plugin.setup({ add: (family, member) => this.#add(plugin, family, member) }, options);
    } catch (error) {
      if (error instanceof PluginError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new PluginError(plugin.id, `setup failed: ${reason}`, { cause: error });
    }
    this.#checkProvided(plugin);
  }

  /** Whoever reads what a plugin says it brings, to list it or to allow it, must be able to rely on it. */
  #checkProvided(plugin: Plugin): void {
    if (!plugin.provides) return;
    const { provides } = plugin;
    for (const [name, { entries }] of this.#families) {
      for (const [member, entry] of entries) {
        if (entry.plugin === plugin && !provides[name]?.includes(member)) {
          throw new PluginError(
            plugin.id,
            `adds "${member}" to ${name}, which its \`provides\` does not name`,
          );
        }
      }
    }
    for (const [name, members] of Object.entries(provides)) {
      const entries = this.#families.get(name)?.entries;
      const lacking = members.find((member) => entries?.get(member)?.plugin !== plugin);
      if (lacking !== undefined) {
        throw new PluginError(
          plugin.id,
          `does not add "${lacking}" to ${name}, which its \`provides\` names`,
        );
      }
    }
  }

  #family(family: Family<{ readonly name: string }>): Map<string, Entry> {
    const known = this.#families.get(family.name);
    if (known) return known.entries;
    const entries = new Map<string, Entry>();
    this.#families.set(family.name, { family, entries });
    return entries;
  }

  #add(
    plugin: Plugin,
    family: Family<{ readonly name: string }>,
    member: { readonly name: string },
  ) {
    if (this.#sealed) {
      throw new PluginError(plugin.id, `registers "${member.name}" after boot; register in setup`);
    }
    if (typeof family?.name !== "string" || typeof family.description !== "string") {
      throw new PluginError(
        plugin.id,
        `adds "${member?.name}" to what is no family; expected one that defineFamily() makes`,
      );
    }
    const fault = memberFault(family.name, member ?? {});
    if (fault !== undefined) throw new PluginError(plugin.id, fault);
    const entries = this.#family(family);
    const taken = entries.get(member.name) ?? this.#alike(family.name, member.name);
    if (taken) {
      throw new PluginError(
        plugin.id,
        `registers "${member.name}" in ${family.name}, a name that "${taken.plugin.id}" has taken`,
      );
    }
    entries.set(member.name, { member, plugin });
  }

  /** A task that the API could not tell from one of this name. */
  #alike(family: string, name: string): Entry | undefined {
    if (family !== tasks.name) return undefined;
    const known = this.#family(tasks as Family<{ readonly name: string }>);
    return [...known.values()].find(({ member }) => sameTask(member.name, name));
  }

  /** Options name members of families: they can be made once all plugins are set up. */
  #checkOptions(): void {
    for (const task of this.members(tasks)) {
      const fault = optionsFault(task.name, () => task.options(this));
      if (fault !== undefined) throw new PluginError(this.pluginOf(tasks, task.name).id, fault);
    }
  }

  /** All families, the built-in ones first. */
  get families(): Family<{ readonly name: string }>[] {
    return [...this.#families.values()].map(({ family }) => family);
  }

  /** The names of a family's members, in registration order. */
  names(family: Family<AnyOptions>): string[] {
    return [...this.#family(family).keys()];
  }

  /** A family's members, in registration order. */
  members<Member extends { readonly name: string }>(family: Family<Member>): Member[] {
    return [...this.#family(family).values()].map(({ member }) => member as Member);
  }

  /** The member of a name. @throws {NotFoundError} Listing the names that exist. */
  member<Member extends { readonly name: string }>(family: Family<Member>, name: string): Member {
    return this.#entry(family, name).member as Member;
  }

  /** The plugin that brought a member. @throws {NotFoundError} */
  pluginOf(family: Family<AnyOptions>, name: string): Plugin {
    return this.#entry(family, name).plugin;
  }

  #entry(family: Family<AnyOptions>, name: string): Entry {
    const entries = this.#family(family);
    const entry = entries.get(name);
    if (!entry) throw new NotFoundError(family.name.replace(/s$/, ""), name, [...entries.keys()]);
    return entry;
  }

  /**
   * A schema for "one member of a family with its options": an object with exactly one key, as `{ logistic: { c: 1 } }`.
   * It becomes a `@oneOf` input in the API. `only` narrows the members.
   */
  choice<
    Member extends {
      readonly name: string;
      readonly description: string;
      readonly options: OptionsSchema;
    },
  >(
    family: Family<Member>,
    fallback?: string,
    only: (member: Member) => boolean = () => true,
  ): OptionsSchema<Record<string, unknown>> {
    const members = this.members(family).filter(only);
    const shape = Object.fromEntries(
      members.map((
        member,
      ) => [member.name, member.options.optional().describe(member.description)]),
    );
    const expected = `expected exactly one of ${members.map(({ name }) => name).join(", ")}`;
    const unknown = ({ code, keys }: { code: string; keys?: string[] }) =>
      code === "unrecognized_keys" ? `${expected}, not ${keys?.join(", ")}` : undefined;
    const schema = z.strictObject(shape, { error: unknown })
      .refine((value) => Object.values(value).filter((v) => v !== undefined).length === 1, {
        message: expected,
      })
      .meta({ oneOf: family.name });
    const fits = fallback !== undefined && members.some((member) => member.name === fallback);
    return (fits ? schema.prefault({ [fallback]: {} }) : schema) as unknown as OptionsSchema<
      Record<string, unknown>
    >;
  }

  /** The member and the options that a parsed {@linkcode Host.choice} names. */
  chosen<Member extends { readonly name: string }>(
    family: Family<Member>,
    choice: Record<string, unknown>,
  ): { member: Member; options: AnyOptions } {
    const [name, options] = Object.entries(choice).find(([, value]) => value !== undefined) ?? [];
    if (name === undefined) {
      throw new InputError(`Cannot choose from ${family.name}: nothing was named`);
    }
    return { member: this.member(family, name), options };
  }

  /** What a data set plugin is discovered and opened with; its `host` knows the data sets of the plugins before. */
  contextOf(
    member: string,
    watch: Pick<DatasetContext, "signal" | "onProgress"> = {},
  ): DatasetContext {
    const own = this.plugins.indexOf(this.pluginOf(datasets, member));
    const host: DatasetHost = {
      discoverDatasets: () => this.#discover(own),
      datasetVersion: (id) => this.#version(id, own),
      openDataset: (id, watch) => this.#open(id, watch, own),
    };
    return { ...this.datasetContext, ...watch, host };
  }

  /** All data sets that can be opened now. */
  discoverDatasets(): Promise<(DiscoveredDataset & { plugin: string })[]> {
    return this.#discover();
  }

  /** The data sets of the first so many plugins. */
  async #discover(plugins = Infinity): Promise<(DiscoveredDataset & { plugin: string })[]> {
    const found = await Promise.all(
      this.members(datasets).filter(({ name }) =>
        this.plugins.indexOf(this.pluginOf(datasets, name)) < plugins
      ).map(async (member) =>
        (await member.discover(this.contextOf(member.name))).map((item) => ({
          ...item,
          plugin: member.name,
        }))
      ),
    );
    return found.flat();
  }

  /** A text that changes when the data set does; empty where its plugin does not tell, or there is no such data set. */
  datasetVersion(id: string): Promise<string> {
    return this.#version(id);
  }

  async #version(id: string, plugins?: number): Promise<string> {
    return (await this.#discover(plugins)).find((item) => item.id === id)?.version ?? "";
  }

  /**
   * Opens a data set by id. The first opening of a folder of pictures reads all of them: `watch` follows it.
   *
   * @throws {NotFoundError} Listing the ids that exist.
   */
  openDataset(
    id: string,
    watch?: Pick<DatasetContext, "signal" | "onProgress">,
  ): Promise<Dataset> {
    return this.#open(id, watch);
  }

  async #open(
    id: string,
    watch?: Pick<DatasetContext, "signal" | "onProgress">,
    plugins?: number,
  ): Promise<Dataset> {
    const found = await this.#discover(plugins);
    const item = found.find((item) => item.id === id);
    if (!item) throw new NotFoundError("dataset", id, found.map((item) => item.id));
    const context = this.contextOf(item.plugin, watch);
    return await this.member(datasets, item.plugin).open(id, item.options, context);
  }

  /** Disposes the plugins, last first; all of them, even when one throws. */
  async [Symbol.asyncDispose](): Promise<void> {
    const errors: unknown[] = [];
    for (const plugin of this.plugins.toReversed()) {
      try {
        await plugin[Symbol.asyncDispose]?.();
      } catch (error) {
        errors.push(new PluginError(plugin.id, "disposal failed", { cause: error }));
      }
    }
    if (errors.length) throw new AggregateError(errors, "Some plugins could not be disposed");
  }
}
