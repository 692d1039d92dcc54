/** Runs the measurements of this folder, all or by name, with flags for them; each prints its table. */

/** Where they lie, by subject; the other folders hold what they share. */
const FOLDERS = ["", "engine/", "evidence/", "serving/"];

/** The measurements: the other scripts of these folders, by name without `.ts`. */
export async function benches(): Promise<Map<string, URL>> {
  const found = new Map<string, URL>();
  for (const folder of FOLDERS) {
    for await (const { name } of Deno.readDir(new URL(`./${folder}`, import.meta.url))) {
      if (!name.endsWith(".ts") || name === "main.ts") continue;
      found.set(name.slice(0, -".ts".length), new URL(`./${folder}${name}`, import.meta.url));
    }
  }
  return new Map([...found].sort(([a], [b]) => a < b ? -1 : 1));
}

if (import.meta.main) {
  const known = await benches();
  // Names first; from the first flag on, everything is for the measurements.
  const end = Deno.args.findIndex((word) => word.startsWith("-"));
  const names = end < 0 ? Deno.args : Deno.args.slice(0, end);
  const flags = end < 0 ? [] : Deno.args.slice(end);
  const unknown = names.filter((name) => !known.has(name));
  if (unknown.length) {
    console.error(
      `There is no measurement ${unknown.join(", ")}; known: ${[...known.keys()].join(", ")}`,
    );
    Deno.exit(2);
  }
  if (flags.length && names.length !== 1) {
    console.error("Flags belong to one measurement: name it first");
    Deno.exit(2);
  }
  for (const name of names.length ? names : known.keys()) {
    console.log(`\n# ${name}\n`);
    // A process each, so that none inherits the caches or the heat of the one before.
    const { code } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-all", known.get(name)!.href, ...flags],
    }).spawn().status;
    if (code) Deno.exit(code);
  }
}
