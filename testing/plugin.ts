/** All conformance suites that concern a plugin: those of its members, and what a plugin promises itself. */

import {
  datasets,
  editors,
  encoders,
  type Family,
  Host,
  InputError,
  judges,
  metrics,
  type Plugin,
  probes,
  tasks,
} from "@countergrade/countergrade";
import {
  type Check,
  check,
  type CheckOutcome,
  ConformanceError,
  ensure,
  type ExpectedFailures,
  register,
  runChecks,
} from "./check.ts";
import { type DatasetFixture, testDataset } from "./dataset.ts";
import { type EditorFixture, testEditor } from "./editor.ts";
import { type EncoderFixture, testEncoder } from "./encoder.ts";
import { type JudgeFixture, testJudge } from "./judge.ts";
import { type MetricFixture, testMetric } from "./metric.ts";
import { type ProbeFixture, testProbe } from "./probe.ts";
import { type TaskFixture, testTask } from "./task.ts";

/** How a member is held to its promises. */
export interface MemberConformance<Fixture> {
  /** Makes what the suite works on, where its toy data will not do. */
  readonly fixture?: (host: Host) => Fixture | Promise<Fixture>;
  /** Promises that the member cannot keep, each with the reason. */
  readonly expectedFailures?: ExpectedFailures;
}

/** The members of a family by name, each as it is held to its promises. */
export type Members<Fixture> = Readonly<Record<string, MemberConformance<Fixture>>>;

/** What a plugin's module may export as `conformance`: fixtures and expected failures, by family and member. */
export interface Conformance {
  /** By default the first data set that a member discovers is opened. */
  readonly datasets?: Members<DatasetFixture>;
  /** An encoder needs a fixture, with a small model. */
  readonly encoders?: Members<EncoderFixture>;
  /** By default a probe is fitted to toy codes. */
  readonly probes?: Members<ProbeFixture>;
  /** By default toy codes are moved. */
  readonly editors?: Members<EditorFixture>;
  /** By default a toy path is measured. */
  readonly metrics?: Members<MetricFixture>;
  /** A judge whose options have no defaults needs a fixture. */
  readonly judges?: Members<JudgeFixture>;
  /** A task needs a fixture, with options. */
  readonly tasks?: Members<Omit<TaskFixture, "host">>;
}

/** The checks of one member. */
export interface MemberSuite {
  /** `plugin` for the plugin itself. */
  readonly family: string;
  /** The member's name; for the plugin itself its id. */
  readonly name: string;
  /** Its promises, in the order in which they are checked. */
  readonly checks: readonly Check[];
  /** Those that it is known not to keep. */
  readonly expectedFailures: ExpectedFailures;
  /** Why there are no checks. */
  readonly skipped?: string;
}

/** A suite with what it came to. */
export interface MemberReport extends Omit<MemberSuite, "checks" | "expectedFailures"> {
  /** One for each check, in order. */
  readonly outcomes: readonly CheckOutcome[];
}

/** The checks of a member of the host, or why there are none. */
type Suite<Fixture> = (name: string, host: Host, fixture?: Fixture) => Promise<Check[] | string>;

const TELL = "export it as conformance from the plugin's module";

/** The suite of each family, with the data that it works on when none are given. */
const SUITES: { readonly [F in keyof Conformance]-?: Suite<FixtureOf<F>> } = {
  async datasets(name, host, fixture) {
    const member = host.member(datasets, name);
    if (fixture) return testDataset(member, fixture);
    const context = host.contextOf(name);
    const found = await member.discover(context);
    if (found.length > 0) return testDataset(member, { context });
    return `no data set of it is found: name a folder that has one, or a fixture, and ${TELL}`;
  },
  encoders: (name, host, fixture) =>
    now(
      fixture
        ? testEncoder(host.member(encoders, name), fixture)
        : `it needs a fixture with a small model and images: ${TELL}`,
    ),
  probes: (name, host, fixture) => now(testProbe(host.member(probes, name), fixture)),
  editors: (name, host, fixture) => now(testEditor(host.member(editors, name), fixture)),
  metrics: (name, host, fixture) => now(testMetric(host.member(metrics, name), fixture)),
  judges(name, host, fixture) {
    const member = host.member(judges, name);
    const enough = fixture || member.options.safeParse({}).success;
    return now(
      enough
        ? testJudge(member, { ...fixture, host })
        : `it needs a fixture with options and images: ${TELL}`,
    );
  },
  tasks: (name, host, fixture) =>
    now(
      fixture
        ? testTask(host.member(tasks, name), { ...fixture, host })
        : `it needs a fixture with options: ${TELL}`,
    ),
};

type FixtureOf<F extends keyof Conformance> = NonNullable<Conformance[F]> extends
  Members<infer Fixture> ? Fixture : never;

function now<T>(value: T): Promise<T> {
  return Promise.resolve(value);
}

/**
 * The checks of a plugin and of all its members; `host` has been booted with it.
 *
 * @throws {InputError} When `conformance` names a member that the plugin does not bring.
 */
export async function testPlugin(
  plugin: Plugin,
  host: Host,
  conformance: Conformance = {},
): Promise<MemberSuite[]> {
  const suites: MemberSuite[] = [
    { family: "plugin", name: plugin.id, checks: ownChecks(plugin, host), expectedFailures: {} },
  ];
  expectBrought(plugin, host, conformance);
  for (const family of host.families) {
    for (const name of broughtBy(plugin, host, family)) {
      suites.push(await suiteOf(family.name, name, host, conformance));
    }
  }
  return suites;
}

/** The names of the members that a plugin brings to a family. */
function broughtBy(
  plugin: Plugin,
  host: Host,
  family: Family<{ readonly name: string }>,
): string[] {
  return host.names(family).filter((name) => host.pluginOf(family, name).id === plugin.id);
}

function expectBrought(plugin: Plugin, host: Host, conformance: Conformance): void {
  for (const [family, members] of Object.entries(conformance)) {
    const known = host.families.find(({ name }) => name === family);
    const brought = known ? broughtBy(plugin, host, known) : [];
    const odd = Object.keys(members ?? {}).find((name) => !brought.includes(name));
    if (odd === undefined) continue;
    throw new InputError(
      `Cannot check "${odd}" of ${family}: plugin "${plugin.id}" brings ${
        brought.join(", ") || "no members of that family"
      }`,
    );
  }
}

async function suiteOf(
  family: string,
  name: string,
  host: Host,
  conformance: Conformance,
): Promise<MemberSuite> {
  const row = Object.hasOwn(SUITES, family) ? family as keyof Conformance : undefined;
  if (!row) {
    return skipped(family, name, `the family "${family}" has no conformance suite`);
  }
  const given = conformance[row]?.[name];
  const suite = SUITES[row] as Suite<unknown>;
  const made = await suite(name, host, await given?.fixture?.(host));
  if (typeof made === "string") return skipped(family, name, made);
  return { family, name, checks: made, expectedFailures: given?.expectedFailures ?? {} };
}

function skipped(family: string, name: string, reason: string): MemberSuite {
  return { family, name, checks: [], expectedFailures: {}, skipped: reason };
}

/** What a plugin promises, whatever it brings. */
function ownChecks(plugin: Plugin, host: Host): Check[] {
  return [
    // What a plugin and its members are called is looked at by the host, before all checks.
    check("setup() adds at least one member", () => {
      const brought = host.families.flatMap((family) => broughtBy(plugin, host, family));
      ensure(brought.length > 0, "Expected members, setup() added none");
    }),
    check("setup() does the same again on another host", async () => {
      const namesOf = (one: Host) =>
        JSON.stringify(one.families.map((family) => [family.name, broughtBy(plugin, one, family)]));
      let again: Host;
      try {
        again = await Host.boot(host.plugins);
      } catch (error) {
        throw new ConformanceError(`Expected setup() to succeed again, got ${error}`);
      }
      ensure(
        namesOf(again) === namesOf(host),
        `Expected the members ${namesOf(host)}, got ${namesOf(again)}`,
      );
    }),
  ];
}

/**
 * Runs the checks of a plugin and of its members, and reports.
 *
 * @throws {InputError} When `conformance` names a member or a check that there is not.
 * @example
 * ```ts
 * import { definePlugin, Host, metrics } from "@countergrade/countergrade";
 * import { checkPlugin } from "@countergrade/countergrade/testing";
 * import { assert } from "@std/assert";
 *
 * const plugin = definePlugin({
 *   id: "last-grade",
 *   version: "1.0.0",
 *   apiVersion: "^1",
 *   setup(registry) {
 *     registry.add(metrics, {
 *       name: "lastGrade",
 *       description: "Grade of the last frame's image",
 *       measure: ({ imageGrades }) => ({ lastGrade: imageGrades.at(-1) ?? NaN }),
 *     });
 *   },
 * });
 * await using host = await Host.boot([plugin]);
 * const reports = await checkPlugin(plugin, host);
 * assert(reports.every(({ outcomes }) => outcomes.every(({ outcome }) => outcome === "passed")));
 * ```
 */
export async function checkPlugin(
  plugin: Plugin,
  host: Host,
  conformance: Conformance = {},
): Promise<MemberReport[]> {
  const reports: MemberReport[] = [];
  for (const suite of await testPlugin(plugin, host, conformance)) {
    const { checks, expectedFailures, ...which } = suite;
    reports.push({ ...which, outcomes: await runChecks(checks, expectedFailures) });
  }
  return reports;
}

/**
 * Registers the checks of a plugin and of its members as Deno tests, on a host with it and with the plugins that it needs beside it.
 *
 * @example
 * ```ts ignore
 * import { registerPlugin } from "@countergrade/countergrade/testing";
 * import plugin, { conformance } from "./mod.ts";
 *
 * await registerPlugin(plugin, conformance);
 * ```
 */
export async function registerPlugin(
  plugin: Plugin,
  conformance: Conformance = {},
  { beside = [] }: { readonly beside?: readonly Plugin[] } = {},
): Promise<void> {
  const host = await Host.boot([...beside, plugin]);
  for (const suite of await testPlugin(plugin, host, conformance)) {
    const { family, name, checks, expectedFailures } = suite;
    const subject = `${family.replace(/s$/, "")} ${name}`;
    if (suite.skipped !== undefined) {
      Deno.test({ name: `${subject}: ${suite.skipped}`, ignore: true, fn() {} });
    }
    register(subject, checks, { expectedFailures });
  }
  Deno.test(`plugin ${plugin.id}: it can be disposed of`, () => host[Symbol.asyncDispose]());
}
