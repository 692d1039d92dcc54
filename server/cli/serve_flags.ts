/** The flags of the command `serve`. */

import { Option } from "commander";
import { MAX_JOBS } from "../http/yoga.ts";
import type { ServeOptions } from "../serve_options.ts";
import { commonOptions, program, read } from "./arguments.ts";
import { UsageError } from "./flags.ts";
import { between, crewOf, crewOptions, keepOptions } from "./worker_flags.ts";

/** What the command line says, where the plugins are still to be looked up. */
export type ServeFlags = Omit<ServeOptions, "plugins"> & {
  readonly list?: string;
  readonly config?: string;
};

/** The flags as commander names them. */
type Given =
  & Omit<ServeFlags, "noAuth" | "origins" | "list" | "config" | "workers" | "seconds" | "megabytes">
  & {
    readonly workers: number;
    readonly jobSeconds: number;
    readonly jobMegabytes?: number;
    readonly auth: boolean;
    readonly cors: readonly string[];
    readonly plugins?: string;
    readonly configuration?: string;
  };

function options(): Option[] {
  return [
    new Option("--port <N>", "port to listen on, 0 for any that is free").default(4000)
      .argParser(between(0, 65_535)),
    ...crewOptions(2),
    ...keepOptions(),
    new Option("--host <ADDRESS>", "address to listen on").default("127.0.0.1"),
    new Option(
      "--dev",
      "load the plugins that are files anew whenever they change, and show GraphiQL at /graphiql",
    ),
    new Option(
      "--api-keys <FILE>",
      'let in only who has a key: a line "name scopes hash" for each, as countergrade key new prints it',
    ),
    new Option(
      "--no-auth",
      "listen beyond this machine without keys: whoever can reach the server can use it",
    ),
    new Option(
      "--cors <ORIGIN>",
      "let pages of another origin use the API with a key; may be repeated",
    ).default([], "none").argParser(one),
    new Option(
      "--allowed-hosts <NAME>",
      "a name that requests may come by, as a proxy passes it on; may be repeated",
    ).default([], "this machine's").argParser(one),
    new Option(
      "--trusted-proxies <ADDRESS>",
      "address or network of a proxy whose X-Forwarded-For tells clients apart; may be repeated",
    ).default([], "none").argParser(one),
    new Option(
      "--base-path <PATH>",
      "the path below which a proxy shows the server, as /countergrade",
    ),
    new Option(
      "--max-jobs <N>",
      "how many jobs of one key, or address, may wait or run at a time",
    ).default(MAX_JOBS).argParser(between(1, Number.MAX_SAFE_INTEGER)),
    new Option(
      "--persisted <FILE>",
      'operations that are known beforehand, as JSON { "<sha256>": "<document>" }; clients send ' +
        "extensions.persistedQuery.sha256Hash instead of the document",
    ),
    new Option(
      "--persisted-only",
      "refuse all other operations; the page works if FILE has its operations",
    ),
    new Option("--log <FORMAT>", "text: errors; json: a line for each request and error")
      .choices(["text", "json"]).default("text"),
  ];
}

/** One more of what may be repeated. */
function one(text: string, before: string[]): string[] {
  return [...before, text];
}

const DESCRIPTION = `Start the server with API and page.

Prometheus finds figures at /metrics. With OTEL_DENO=true in the environment traces go to
OTEL_EXPORTER_OTLP_ENDPOINT, a span for each request, named after its operation.`;

/**
 * The options that flags and environment ask for; undefined where help was shown. The command's name may stand before them.
 *
 * @throws {UsageError}
 */
export function readFlags(args: readonly string[]): ServeFlags | undefined {
  const root = program(commonOptions());
  const serve = root.command("serve", { isDefault: true }).usage("[FLAGS]").action(() => {})
    .description(DESCRIPTION);
  for (const option of options()) serve.addOption(option);
  try {
    if (read(root, args) !== undefined) return undefined;
    const { auth, cors, plugins, configuration, ...flags } = serve.optsWithGlobals<Given>();
    if (flags.persistedOnly && flags.persisted === undefined) {
      throw new UsageError("Cannot use --persisted-only alone: expected --persisted FILE");
    }
    return {
      ...crewOf(flags),
      noAuth: !auth,
      origins: cors,
      list: plugins,
      config: configuration,
    };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${error.message}\n\n${serve.helpInformation()}`, { cause: error });
  }
}
