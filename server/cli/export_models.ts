/** Writes stored artifacts as a bundle that a plugin can bring along: `export_models.ts HOME FOLDER ID …`. With `--release ADDRESS` files over 8 MB are to be fetched from there. */

import { parseArgs } from "node:util";
import { exportModels, Workspace } from "@countergrade/countergrade/jobs";

/** The most that a file in the repository should have, bytes. */
const LARGE = 8e6;

const { values, positionals: [home, folder, ...ids] } = parseArgs({
  args: Deno.args,
  options: { release: { type: "string" } },
  allowPositionals: true,
});
if (!ids.length) {
  console.error("Usage: export_models.ts HOME FOLDER ID … [--release ADDRESS]");
  Deno.exit(2);
}
await using workspace = await Workspace.open(home);
const release = values.release === undefined
  ? undefined
  : { address: values.release, above: LARGE };
await exportModels(workspace, ids, folder, release);
