/** Runs the measurements of this folder, all or by name; each prints its table. */

/** The measurements: the other scripts of this folder, without `.ts`. */
export async function benches(): Promise<string[]> {
  const files = await Array.fromAsync(Deno.readDir(new URL("./", import.meta.url)));
  return files.map(({ name }) => name).filter((name) => name.endsWith(".ts") && name !== "main.ts")
    .map((name) => name.slice(0, -".ts".length)).sort();
}

if (import.meta.main) {
  const known = await benches();
  const unknown = Deno.args.filter((name) => !known.includes(name));
  if (unknown.length) {
    console.error(`There is no measurement ${unknown.join(", ")}; known: ${known.join(", ")}`);
    Deno.exit(2);
  }
  for (const name of Deno.args.length ? Deno.args : known) {
    console.log(`\n# ${name}\n`);
    // A process each, so that none inherits the caches or the heat of the one before.
    const { code } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-all", new URL(`./${name}.ts`, import.meta.url).href],
    }).spawn().status;
    if (code) Deno.exit(code);
  }
}
