/** The command line as a function. */

import { main } from "../../../server/cli/main.ts";

/** What a command prints. */
export async function printed(args: readonly string[]): Promise<{ code: number; text: string }> {
  const { log } = console;
  const lines: string[] = [];
  console.log = (text) => void lines.push(String(text));
  try {
    return { code: await main(args), text: lines.join("\n") };
  } finally {
    console.log = log;
  }
}
