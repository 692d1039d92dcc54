/** Writes stored artifacts as a bundle that a plugin can bring along: `export_models.ts HOME FOLDER ID …`. */

import { exportModels, Workspace } from "@countergrade/countergrade";

const [home, folder, ...ids] = Deno.args;
if (!ids.length) {
  console.error("Usage: export_models.ts HOME FOLDER ID …");
  Deno.exit(2);
}
await using workspace = await Workspace.open(home);
await exportModels(workspace, ids, folder);
