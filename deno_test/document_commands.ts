/** The commands in documents: found, taken apart, and run. */

import { root } from "./source_files.ts";

/** The commands of the shell examples in a text, one per line; a backslash joins lines. */
export function commandsIn(text: string): string[] {
  return [...text.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(([, block]) =>
    block.replaceAll("\\\n", " ").trim().split("\n")
  );
}

/** The arguments behind `deno task countergrade`, or undefined. Quotes are the shell's. */
export function argumentsOf(command: string): string[] | undefined {
  const [, rest] = /^deno task countergrade (.*)$/.exec(command) ?? [];
  return rest?.match(/'[^']*'|"[^"]*"|\S+/g)?.map((word) => word.replace(/^(['"])(.*)\1$/, "$2"));
}

/** Runs the command line as a user does, with the task's permissions. */
export async function countergrade(args: readonly string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "countergrade", ...args],
    cwd: root,
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}
