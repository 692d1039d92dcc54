/** The command `key`: makes API keys. The server learns of a key by its line in the file alone. */

import type { Command } from "commander";
import { newKey } from "../http/access/api_keys.ts";
import { SCOPES } from "../http/access/caller.ts";
import type { Choose } from "./arguments.ts";
import { UsageError } from "./flags.ts";

/** Adds `key new`. */
export function addKey(root: Command, choose: Choose): void {
  const key = root.command("key").helpCommand(false).usage("new NAME [FLAGS]")
    .description("Make a key for the server's API");
  const command = key.command("new").usage("NAME [FLAGS]").argument("[NAME]")
    .description(
      "Prints a fresh key, once, and the line for the file of serve --api-keys FILE: only a hash is kept.",
    )
    .option(
      `--scopes <${SCOPES.join(",")}>`,
      "read (look), run (start jobs, cancel one's own, upload), admin (cancel those of others)",
      "read,run",
    );
  command.action((name?: string) =>
    choose(() => {
      const { scopes, json } = command.optsWithGlobals();
      if (name === undefined) throw new UsageError(command.helpInformation());
      show(made(name, scopes), json);
      return 0;
    })
  );
}

function made(name: string, scopes: string) {
  try {
    return newKey(name, scopes);
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

function show({ secret, line }: { secret: string; line: string }, json?: boolean): void {
  if (json) {
    console.log(JSON.stringify({ key: secret, line }));
  } else {
    console.log(`Key, shown only now:\n  ${secret}\n\nLine for the file of --api-keys:`);
    console.log(line);
  }
}
