/** The commands `verify-store` and `prune`: what is stored, is it whole, and what can go. */

import { Host, loadPlugins } from "@countergrade/countergrade";
import { damageIn, installModels, prune, Workspace } from "@countergrade/countergrade/jobs";
import type { Command } from "commander";
import type { Choose, ExitCode } from "./arguments.ts";
import type { Environment } from "./environment.ts";
import { keepOptions } from "./worker_flags.ts";

/** How long things are kept unless it is said, in days. */
const DAYS = 30;

/** Adds both. */
export function addKeeping(root: Command, environment: Environment, choose: Choose): void {
  const verify = root.command("verify-store").usage("[FLAGS]")
    .description("Read every stored file, and list those that are damaged or missing")
    .action(() => choose(() => verifyStore(environment, verify.optsWithGlobals().json)));
  const pruning = root.command("prune").usage("[FLAGS]")
    .description(
      "Remove old events, noise images, checkpoints that nobody goes on from, and files that nothing " +
        "names. Results stay, with all that they name.",
    );
  for (const option of keepOptions(DAYS)) pruning.addOption(option);
  pruning.action(() =>
    choose(async (): Promise<ExitCode> => {
      const { home, store } = environment;
      const { keepDays, keepBytes, json } = pruning.optsWithGlobals();
      await using workspace = await Workspace.open(home, { store });
      const freed = await prune(workspace, { days: keepDays, bytes: keepBytes });
      const { events, checkpoints, artifacts, blobs, bytes } = freed;
      console.log(
        json
          ? JSON.stringify(freed)
          : `Removed ${events} events, ${checkpoints} checkpoints, ${artifacts} noise images and ` +
            `${blobs} files of ${(bytes / 1e6).toFixed(1)} MB`,
      );
      return 0;
    })
  );
}

async function verifyStore(environment: Environment, json?: boolean): Promise<ExitCode> {
  const { home, store } = environment;
  await using workspace = await Workspace.open(home, { store });
  await using host = await Host.boot(await loadPlugins(await environment.plugins()));
  // Files that are got when they are first used are not missing.
  await installModels(workspace, host, { folder: await environment.models() });
  const damage = await Array.fromAsync(damageIn(workspace));
  if (json) console.log(JSON.stringify({ damage }));
  else {
    for (const { of, file, blob, problem } of damage) {
      console.log(`${of} ${file}: ${problem} (${blob})`);
    }
    console.log(
      damage.length === 0
        ? "Every stored file is whole"
        : `${damage.length} files are damaged or missing; give the commands that made them again`,
    );
  }
  return damage.length === 0 ? 0 : 1;
}
