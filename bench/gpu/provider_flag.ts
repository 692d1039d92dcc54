/** The flags of the steps: `--provider`, `--seconds`. */

import { parseArgs } from "node:util";
import { isProviderChoice, type Provider } from "@countergrade/countergrade";

/** After how many seconds a step shall end. */
export function secondsFlag(args = Deno.args): number {
  const options = { seconds: { type: "string", default: "600" } } as const;
  return Number(parseArgs({ args, strict: false, options }).values.seconds);
}

/** The provider that is named, `webgpu` by default. */
export function providerFlag(args = Deno.args): Provider {
  const { values } = parseArgs({
    args,
    strict: false,
    options: { provider: { type: "string", default: "webgpu" } },
  });
  const name = String(values.provider);
  if (isProviderChoice(name) && name !== "auto") return name;
  console.error(`Cannot measure on "${name}": expected a provider by name`);
  Deno.exit(2);
}
