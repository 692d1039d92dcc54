/** The repository's own files and what each imports, for the tests about the house itself. */

/** The repository's root folder. */
export const root = new URL("../", import.meta.url);

const foreign = /^(node_modules|\.git|\.countergrade.*|coverage|runs|dist)$/;

/** Paths relative to the root of all files with one of the `extensions`, sorted. */
export async function sourceFiles(extensions: readonly string[], folder = ""): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder || "./", root))) {
    if (foreign.test(name)) continue;
    const path = folder + name;
    if (isDirectory) found.push(...await sourceFiles(extensions, `${path}/`));
    else if (extensions.some((extension) => name.endsWith(extension))) found.push(path);
  }
  return found.sort();
}

/** The text of a file. */
export function textOf(path: string): Promise<string> {
  return Deno.readTextFile(new URL(path, root));
}

/** One import of a file. */
export interface Import {
  /** A path relative to the root for files of the repository, else the bare specifier. */
  readonly target: string;
  /** Gone after compilation. */
  readonly typeOnly: boolean;
}

/**
 * What a file at `path` with this text imports: static and dynamic imports, re-exports, import types, and modules that
 * it starts as workers by `new URL`. Examples in comments do not count.
 */
export function importsOf(path: string, text: string): Import[] {
  const code = text.replace(/^\s*(\/\*\*?|\*|\/\/).*$/gm, "");
  const found: Import[] = [];
  const add = (specifier: string, typeOnly: boolean) =>
    found.push({ target: resolve(path, specifier), typeOnly });
  for (const [, type, names, specifier] of code.matchAll(statement)) {
    add(specifier, type !== undefined || allTypes(names));
  }
  for (const [, specifier] of code.matchAll(/^import\s+["']([^"']+)["']/gm)) add(specifier, false);
  for (const [, typeOf, specifier] of code.matchAll(dynamic)) add(specifier, typeOf !== undefined);
  for (const [, specifier] of code.matchAll(/new URL\(\s*["'](\.[^"']+\.tsx?)["']/g)) {
    add(specifier, false);
  }
  return found;
}

const statement = /^(?:import|export)\s+(type\s+)?([^;"']*?)\bfrom\s*["']([^"']+)["']/gm;
const dynamic = /(typeof\s+|:\s*)?\bimport\(\s*["']([^"']+)["']/g;

function allTypes(names: string): boolean {
  const list = /^\s*\{([^}]*)\}\s*$/.exec(names)?.[1].split(",").map((name) => name.trim())
    .filter((name) => name !== "");
  return list !== undefined && list.length > 0 && list.every((name) => name.startsWith("type "));
}

function resolve(path: string, specifier: string): string {
  if (!specifier.startsWith(".")) return specifier;
  return new URL(specifier, new URL(path, "file:///")).pathname.slice(1);
}
