/** The flag `--provider` of the steps. */

import { parseArgs } from "node:util";
import { isProviderChoice, type Provider } from "@countergrade/countergrade";

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
