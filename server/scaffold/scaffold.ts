/** `plugin new`: a folder with a small plugin that works, as a start for one's own. */

import { dirname, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { InputError, StorageError } from "@countergrade/countergrade";

/** What can be made, and the family that it is a member of. */
export const KINDS = {
  dataset: "datasets",
  encoder: "encoders",
  probe: "probes",
  editor: "editors",
  metric: "metrics",
  judge: "judges",
  task: "tasks",
} as const;

/** A row of {@linkcode KINDS}. */
export type Kind = keyof typeof KINDS;

/** The longest name: no line of a template grows too long with it. */
const MAX_NAME = 40;
/** The scope of a plugin that is not told its own. */
export const DEFAULT_SCOPE = "my-scope";
/** A plugin's name, the one that it is published by, and the name of its member, in the templates. */
const PLACEHOLDER = {
  plugin: "template-plugin",
  published: "@template-scope/template-plugin",
  member: "templatePlugin",
};

const templates = new URL("./templates/", import.meta.url);
/** The checkout that this file is in. */
const checkout = new URL("../../", import.meta.url);

/** Whether there are templates of this kind. */
export function isKind(text: string): text is Kind {
  return Object.hasOwn(KINDS, text);
}

/**
 * The name of the member that a plugin brings: `my-probe` as `myProbe`.
 *
 * @throws {InputError} Unless the name is of small letters, digits and single dashes.
 */
export function memberName(name: string): string {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) || name.length > MAX_NAME) {
    throw new InputError(
      `Cannot name a plugin "${name}": expected small letters, digits and single dashes, as ` +
        `"my-probe", at most ${MAX_NAME} characters`,
      ["name"],
    );
  }
  return name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** Where the folder of a new plugin goes by default: into the working folder, or beside the checkout if that is in it. */
export function defaultFolder(name: string, working = Deno.cwd()): string {
  const home = fileURLToPath(checkout);
  const inside = !relative(home, working).startsWith("..");
  return resolve(inside ? dirname(resolve(home)) : working, name);
}

/**
 * The name that a plugin is published by: `@my-lab/my-probe`. Registries want a scope; {@linkcode DEFAULT_SCOPE} stands where it is
 * not known yet.
 *
 * @throws {InputError} Unless the scope is one of jsr.io: 2 to 20 small letters, digits and dashes.
 */
export function packageName(name: string, scope = DEFAULT_SCOPE): string {
  const bare = scope.replace(/^@/, "");
  if (!/^[a-z][a-z0-9-]{1,19}$/.test(bare)) {
    throw new InputError(
      `Cannot publish as "${scope}": expected a scope of 2 to 20 small letters, digits and dashes, ` +
        `as "my-lab"`,
      ["scope"],
    );
  }
  return `@${bare}/${name}`;
}

/**
 * Writes the folder of a new plugin. It appears whole, or not at all.
 *
 * @returns The paths of its files.
 * @throws {InputError} When the name or the scope is none, or something is at `folder` already.
 * @throws {StorageError} When the folder cannot be written.
 */
export async function scaffold(
  kind: Kind,
  name: string,
  folder: string,
  scope?: string,
): Promise<string[]> {
  const files = await filesOf(kind, name, folder, scope);
  if (await Deno.lstat(folder).catch(() => undefined)) {
    throw new InputError(`Cannot write ${folder}: it is there already`, ["out"]);
  }
  const draft = `${folder}.${crypto.randomUUID().slice(0, 8)}.part`;
  try {
    await Deno.mkdir(draft, { recursive: true });
    for (const [file, text] of files) await Deno.writeTextFile(`${draft}/${file}`, text);
    await Deno.rename(draft, folder);
  } catch (error) {
    await Deno.remove(draft, { recursive: true }).catch(() => {});
    const reason = error instanceof Error ? error.message : String(error);
    throw new StorageError(`Cannot write ${folder}: ${reason}`, { cause: error });
  }
  return [...files.keys()].map((file) => `${folder}/${file}`);
}

/** File name to text. */
async function filesOf(
  kind: Kind,
  name: string,
  folder: string,
  scope: string | undefined,
): Promise<Map<string, string>> {
  const member = memberName(name);
  const published = packageName(name, scope);
  const files = new Map([["deno.json", await configuration(published, folder)]]);
  for (const file of [`${kind}/mod.ts`, `${kind}/mod_test.ts`, "README.md", "LICENSE"]) {
    const text = (await Deno.readTextFile(new URL(file, templates)))
      .replaceAll(PLACEHOLDER.published, published)
      .replaceAll(PLACEHOLDER.plugin, name)
      .replaceAll(PLACEHOLDER.member, member);
    files.set(file.split("/").at(-1)!, text);
  }
  // With the same versions of the packages that plugins use, none has to be looked up.
  files.set("deno.lock", lockOf(await Deno.readTextFile(new URL("deno.lock", checkout))));
  return files;
}

/** What stands behind the doors that plugins import; server, page and tests need much more. */
const PACKAGES = [
  ...["zod", "semver", "ml-matrix", "fflate", "csv-parse", "dicom-parser"],
  ...["@cornerstonejs/codec-openjpeg", "@cornerstonejs/codec-libjpeg-turbo-8bit", "postgres"],
];

/** A lock file of those packages alone, with what they need. */
function lockOf(whole: string): string {
  const { version, specifiers, npm }: {
    version: string;
    specifiers: Record<string, string>;
    npm: Record<string, { dependencies?: string[] }>;
  } = JSON.parse(whole);
  const kept = new Set<string>();
  const keep = (name: string) => {
    const key = Object.keys(npm).find((key) => key === name || key.startsWith(`${name}@`));
    if (key === undefined || kept.has(key)) return;
    kept.add(key);
    npm[key].dependencies?.forEach(keep);
  };
  const roots = Object.entries(specifiers).flatMap(([specifier, version]) => {
    const name = PACKAGES.find((name) => specifier.startsWith(`npm:${name}@`));
    return name === undefined ? [] : [{ specifier, version, key: `${name}@${version}` }];
  });
  for (const { key } of roots) keep(key);
  const content = {
    version,
    specifiers: Object.fromEntries(roots.map(({ specifier, version }) => [specifier, version])),
    npm: Object.fromEntries(Object.entries(npm).filter(([key]) => kept.has(key))),
  };
  return JSON.stringify(content, null, 2) + "\n";
}

/**
 * The folder's `deno.json`: Countergrade by the name and version that it will be published with, and a link to this checkout,
 * which is where it is today.
 */
async function configuration(name: string, folder: string): Promise<string> {
  const own = JSON.parse(await Deno.readTextFile(new URL("deno.json", checkout)));
  const link = relative(folder, fileURLToPath(checkout)).replaceAll("\\", "/");
  const content = {
    name,
    version: "0.1.0",
    exports: "./mod.ts",
    publish: { exclude: ["mod_test.ts"] },
    tasks: { ok: "deno fmt --check && deno lint && deno check && deno test --no-check" },
    imports: {
      [own.name]: `jsr:${own.name}@^${own.version}`,
      zod: own.imports.zod,
    },
    links: [link],
    allowScripts: own.allowScripts,
    compilerOptions: { strict: true },
    fmt: { lineWidth: 100, proseWrap: "preserve" },
  };
  return JSON.stringify(content, null, 2) + "\n";
}
