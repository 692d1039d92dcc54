/** The command `key`: makes API keys. The server learns of a key by its line in the file alone. */

import { parseArgs } from "node:util";
import { newKey } from "../http/access/api_keys.ts";
import { SCOPES } from "../http/access/caller.ts";
import { UsageError } from "./flags.ts";

const USAGE = `Usage: countergrade key new NAME [--scopes ${SCOPES.join(",")}] [--json]

Prints a fresh key, once, and the line for the file of serve --api-keys FILE: only a hash is kept.
Scopes: read (look), run (start jobs, cancel one's own, upload), admin (cancel those of others);
default read,run.
`;

/** Runs `key new`. @throws {UsageError} */
export function runKeyCommand(args: string[]): 0 {
  if (args.includes("--help")) {
    console.log(USAGE);
    return 0;
  }
  const { key, json } = keyFor(args);
  if (json) {
    console.log(JSON.stringify({ key: key.secret, line: key.line }));
  } else {
    console.log(`Key, shown only now:\n  ${key.secret}\n\nLine for the file of --api-keys:`);
    console.log(key.line);
  }
  return 0;
}

function keyFor(args: string[]) {
  try {
    const { values, positionals: [verb, name, ...more] } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        scopes: { type: "string", default: "read,run" },
        json: { type: "boolean", default: false },
      },
    });
    if (verb !== "new" || name === undefined || more.length > 0) throw new Error("expected a name");
    return { key: newKey(name, values.scopes), json: values.json };
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${USAGE}`, { cause: error });
  }
}
