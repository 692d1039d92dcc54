/** The command `list`: the models and results that are stored, with the names that they can be given by. */

import type { Artifact, Host } from "@countergrade/countergrade";
import {
  installModels,
  type ShortName,
  shortNames,
  Workspace,
} from "@countergrade/countergrade/jobs";
import type { Command } from "commander";
import type { Choose } from "./arguments.ts";
import type { Environment } from "./environment.ts";
import { table } from "./help.ts";

/** What is listed where no kind is asked for. */
const MODELS = ["encoder", "probe", "classifier"];

/** Adds `list`. */
export function addList(
  root: Command,
  environment: Environment,
  host: Host,
  choose: Choose,
): void {
  const command = root.command("list").usage("[KIND …] [FLAGS]").argument("[KIND...]")
    .description(
      "Stored models, the newest first, and what they can be called by instead of their ids; or other kinds, as codes or path",
    );
  command.action((kinds: string[]) =>
    choose(async (): Promise<0> => {
      const { home, store } = environment;
      await using workspace = await Workspace.open(home, { store });
      await installModels(workspace, host, { folder: await environment.models() });
      const names = await shortNames(host);
      const found: Artifact[] = [];
      for (const kind of kinds.length ? kinds : MODELS) {
        found.push(...await allOf(workspace, kind));
      }
      const rows = found.map((artifact) => rowOf(artifact, names));
      if (command.optsWithGlobals().json) console.log(JSON.stringify(rows));
      else console.log(rows.length ? table(rows.map(lineOf)) : "Nothing is stored");
      return 0;
    })
  );
}

/** All artifacts of a kind. */
export async function allOf({ store }: Workspace, kind: string): Promise<Artifact[]> {
  const all: Artifact[] = [];
  for (let more = true; more;) {
    const page = await store.artifacts.list({ kind, first: 1000, after: all.at(-1)?.id });
    all.push(...page.items);
    more = page.more;
  }
  return all;
}

/** What stored models are called: the names of those that come with plugins, and titles that only one has. */
export async function namesIn(workspace: Workspace, host: Host): Promise<ShortName[]> {
  const names = await shortNames(host);
  for (const kind of MODELS) {
    const titled = await allOf(workspace, kind);
    for (const { id, metadata: { title } } of titled) {
      const alone = titled.filter(({ metadata }) => metadata.title === title).length === 1;
      if (typeof title === "string" && alone) names.push({ name: title, kind, id });
    }
  }
  return names;
}

function rowOf({ id, kind, createdAt, metadata }: Artifact, names: readonly ShortName[]) {
  const { title, dataset } = metadata;
  const name = names.find((one) => one.id === id)?.name;
  return { kind, id, name, title, dataset, createdAt };
}

function lineOf(
  { id, name, title, dataset, createdAt }: ReturnType<typeof rowOf>,
): [string, string] {
  const told = [name, title, dataset, createdAt.slice(0, 10)].filter(Boolean);
  return [id, told.join(" · ")];
}
