/** The flags of the command `serve`. */

import { parseArgs } from "node:util";
import { isProviderChoice, PROVIDER_CHOICES } from "@countergrade/countergrade";
import { MAX_JOBS } from "../http/yoga.ts";
import type { ServeOptions } from "../serve_options.ts";

/** What `serve --help` says. */
export const USAGE = `Usage: countergrade serve [options]

  --port N        port to listen on, 0 for any that is free (default 4000)
  --host ADDRESS  address to listen on (default 127.0.0.1)
  --data DIR      where local data sets are looked for (default $COUNTERGRADE_DATA), beside
                  datasets/ in the home folder
  --home DIR      where database and results are kept (default $COUNTERGRADE_HOME or .countergrade)
  --models DIR    files of models that are otherwise fetched when they are first used
  --plugins LIST  modules of plugins, comma-separated (default $COUNTERGRADE_PLUGINS, else those of
                  the configuration)
  --configuration FILE
                  list of plugins (default countergrade.json, where there is one, else builtins)
  --provider NAME where graphs run: ${PROVIDER_CHOICES.join(", ")}
                  (default $COUNTERGRADE_PROVIDER or auto)
  --dev           load the plugins that are files anew whenever they change, and show GraphiQL
                  at /graphiql
  --api-keys FILE let in only who has a key: a line "name scopes hash" for each, as
                  countergrade key new prints it
  --no-auth       listen beyond this machine without keys: whoever can reach the server can use it
  --cors ORIGIN   let pages of another origin use the API with a key; may be repeated
  --max-jobs N    how many jobs of one key, or address, may wait or run at a time (default ${MAX_JOBS})
  --persisted FILE
                  operations that are known beforehand, as JSON { "<sha256>": "<document>" };
                  clients send extensions.persistedQuery.sha256Hash instead of the document
  --persisted-only
                  refuse all other operations; the page works if FILE has its operations
  --log FORMAT    text: errors; json: a line for each request and error (default text)
  --help          this text

Prometheus finds figures at /metrics. With OTEL_DENO=true in the environment traces go to
OTEL_EXPORTER_OTLP_ENDPOINT, a span for each request, named after its operation.`;

/** What the command line says, where the plugins are still to be looked up. */
export type ServeFlags = Omit<ServeOptions, "plugins"> & {
  readonly list?: string;
  readonly config?: string;
};

/** The options that flags and environment ask for, or a text that says what is wrong. */
export function readFlags(args: readonly string[]): ServeFlags | string {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        port: { type: "string", default: "4000" },
        host: { type: "string", default: "127.0.0.1" },
        data: { type: "string" },
        home: { type: "string" },
        models: { type: "string" },
        plugins: { type: "string" },
        configuration: { type: "string" },
        provider: { type: "string" },
        dev: { type: "boolean", default: false },
        "api-keys": { type: "string" },
        "no-auth": { type: "boolean", default: false },
        cors: { type: "string", multiple: true, default: [] },
        "max-jobs": { type: "string", default: String(MAX_JOBS) },
        persisted: { type: "string" },
        "persisted-only": { type: "boolean", default: false },
        log: { type: "string", default: "text" },
        help: { type: "boolean", default: false },
      },
    }));
  } catch (error) {
    return `${(error as Error).message}\n\n${USAGE}`;
  }
  if (values.help) return USAGE;
  const port = Number(values.port);
  if (!/^\d+$/.test(values.port) || port > 65_535) {
    return `Cannot use port "${values.port}": expected a whole number from 0 to 65535\n\n${USAGE}`;
  }
  const maxJobs = Number(values["max-jobs"]);
  if (!Number.isSafeInteger(maxJobs) || maxJobs < 1) {
    const came = values["max-jobs"];
    return `Cannot use --max-jobs "${came}": expected a whole number from 1\n\n${USAGE}`;
  }
  const { log } = values;
  if (log !== "text" && log !== "json") {
    return `Cannot use --log "${log}": expected text or json\n\n${USAGE}`;
  }
  if (values["persisted-only"] && values.persisted === undefined) {
    return `Cannot use --persisted-only alone: expected --persisted FILE\n\n${USAGE}`;
  }
  const provider = values.provider ?? Deno.env.get("COUNTERGRADE_PROVIDER") ?? "auto";
  if (!isProviderChoice(provider)) {
    const known = PROVIDER_CHOICES.join(", ");
    return `Cannot use provider "${provider}": expected one of ${known}\n\n${USAGE}`;
  }
  return {
    port,
    provider,
    host: values.host,
    data: values.data ?? Deno.env.get("COUNTERGRADE_DATA"),
    models: values.models,
    home: values.home ?? Deno.env.get("COUNTERGRADE_HOME") ?? ".countergrade",
    dev: values.dev,
    apiKeys: values["api-keys"],
    noAuth: values["no-auth"],
    origins: values.cors,
    maxJobs,
    persisted: values.persisted,
    persistedOnly: values["persisted-only"],
    log,
    list: values.plugins ?? Deno.env.get("COUNTERGRADE_PLUGINS"),
    config: values.configuration,
  };
}
