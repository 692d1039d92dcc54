/** Runs the measurements of this folder, all or by name, with flags for them; each prints its table. */

/** The measurements: the other scripts of this folder, without `.ts`. */
export async function benches(): Promise<string[]> {
  const files = await Array.fromAsync(Deno.readDir(new URL("./", import.meta.url)));
  return files.map(({ name }) => name).filter((name) => name.endsWith(".ts") && name !== "main.ts")
    .map((name) => name.slice(0, -".ts".length)).sort();
}

if (import.meta.main) {
  const known = await benches();
  // Names first; from the first flag on, everything is for the measurements.
  const end = Deno.args.findIndex((word) => word.startsWith("-"));
  const names = end < 0 ? Deno.args : Deno.args.slice(0, end);
  const flags = end < 0 ? [] : Deno.args.slice(end);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length) {
    console.error(`There is no measurement ${unknown.join(", ")}; known: ${known.join(", ")}`);
    Deno.exit(2);
  }
  if (flags.length && names.length !== 1) {
    console.error("Flags belong to one measurement: name it first");
    Deno.exit(2);
  }
  for (const name of names.length ? names : known) {
    console.log(`\n# ${name}\n`);
    // A process each, so that none inherits the caches or the heat of the one before.
    const { code } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-all", new URL(`./${name}.ts`, import.meta.url).href, ...flags],
    }).spawn().status;
    if (code) Deno.exit(code);
  }
}
