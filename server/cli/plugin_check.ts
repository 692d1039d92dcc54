/** `plugin check`: what came of the conformance suites, as text. */

import { BUILTINS, type Host, InputError, type Plugin } from "@countergrade/countergrade";
import type { Conformance, MemberReport } from "@countergrade/countergrade/testing";

/** A plugin with what came of its suites. */
export interface PluginReport {
  readonly id: string;
  readonly version: string;
  readonly members: readonly MemberReport[];
}

/** How many checks ended how, and how many members had none. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly expectedFailures: number;
  readonly skipped: number;
}

/** Counts. */
export function tallied(plugins: readonly PluginReport[]): Tally {
  const members = plugins.flatMap(({ members }) => members);
  const ended = members.flatMap(({ outcomes }) => outcomes.map(({ outcome }) => outcome));
  const count = (wanted: string) => ended.filter((outcome) => outcome === wanted).length;
  return {
    passed: count("passed"),
    failed: count("failed"),
    expectedFailures: count("expected failure"),
    skipped: members.filter(({ skipped }) => skipped !== undefined).length,
  };
}

/**
 * What a module exports as `conformance`; none is none.
 *
 * @throws {InputError} When it is no object.
 */
export async function conformanceOf(module: string): Promise<Conformance> {
  const { conformance = {} }: { conformance?: unknown } = await import(urlOf(module));
  if (typeof conformance === "object" && conformance !== null) return conformance;
  throw new InputError(
    `Cannot check "${module}": expected \`conformance\` to be an object by family and member, ` +
      `it is a ${typeof conformance}`,
  );
}

/** The address of a module, as plugins are loaded. */
export function urlOf(module: string): string {
  if (module === "builtins") return BUILTINS;
  if (/^(npm|jsr|file):/.test(module) || module === BUILTINS) return module;
  return new URL(module, `file://${Deno.cwd()}/`).href;
}

/** The part of a module's `conformance` that concerns one of its plugins. */
export function partOf(conformance: Conformance, plugin: Plugin, host: Host): Conformance {
  return Object.fromEntries(
    Object.entries(conformance).map(([name, members]) => {
      const family = host.families.find((family) => family.name === name);
      const others = family
        ? host.names(family).filter((member) => host.pluginOf(family, member).id !== plugin.id)
        : [];
      // What nobody brings is left in, so that a wrong name is told.
      return [
        name,
        Object.fromEntries(
          Object.entries(members ?? {}).filter(([member]) => !others.includes(member)),
        ),
      ];
    }),
  );
}

const MARKS = { passed: "ok      ", failed: "FAILED  ", "expected failure": "expected" } as const;

/** The report as a text to read. */
export function reportText(plugins: readonly PluginReport[]): string {
  const blocks = plugins.map(({ id, version, members }) =>
    [`${id} ${version}`, ...members.map(memberText)].join("\n\n")
  );
  const { passed, failed, expectedFailures, skipped } = tallied(plugins);
  const end = [
    `${passed} passed`,
    `${failed} failed`,
    ...(expectedFailures ? [`${expectedFailures} failed as expected`] : []),
    ...(skipped ? [`${skipped} ${skipped === 1 ? "part" : "parts"} not checked`] : []),
  ];
  return [...blocks, end.join(", ")].join("\n\n");
}

function memberText({ family, name, skipped, outcomes }: MemberReport): string {
  const title = `${family}: ${name}`;
  if (skipped !== undefined) return `${title}\n  not checked: ${skipped}`;
  const lines = outcomes.flatMap(({ name, outcome, message, reason }) => [
    `  ${MARKS[outcome]}  ${name}`,
    ...(reason === undefined ? [] : [`            ${reason}`]),
    ...(outcome === "failed" ? [`            ${message}`] : []),
  ]);
  return [title, ...lines].join("\n");
}
