/** The command line as a function. */

import { main } from "../../../server/cli/main.ts";

/** How a command ended, and what it printed. */
export interface Printed {
  readonly code: number;
  /** What went to stdout. */
  readonly text: string;
  /** What went to stderr. */
  readonly complaint: string;
}

/** Runs a command in this process; one at a time. */
export async function printed(args: readonly string[]): Promise<Printed> {
  const { log, error } = console;
  const [lines, complaints]: [string[], string[]] = [[], []];
  console.log = (text) => void lines.push(String(text));
  console.error = (text) =>
    void complaints.push(text instanceof Error ? `${text.stack}` : `${text}`);
  try {
    return { code: await main(args), text: lines.join("\n"), complaint: complaints.join("\n") };
  } finally {
    Object.assign(console, { log, error });
  }
}
