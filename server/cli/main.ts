/** The command line: every task is a sub-command. It runs its job in this process, on the same store as the server. */

import {
  CancelledError,
  Host,
  InputError,
  isProviderChoice,
  loadPlugins,
  pluginList,
  PROVIDER_CHOICES,
  type ProviderChoice,
  type TaskPlugin,
  tasks,
} from "@countergrade/countergrade";
import {
  describeError,
  installModels,
  Interruption,
  type Job,
  type JobError,
  JobRunner,
  Jobs,
  Workspace,
} from "@countergrade/countergrade/jobs";
import { commandIn, type GlobalFlags, readArguments } from "./arguments.ts";
import { flagsOf, kebab, optionsSchema, UsageError } from "./flags.ts";
import { commandHelp, overview } from "./help.ts";
import { artifactsOf, copyFiles } from "./output.ts";
import { runKeyCommand } from "./key.ts";
import { runPluginCommand } from "./plugin.ts";
import { downloadsIn } from "./data_folders.ts";
import { ProgressBar } from "./progress_bar.ts";

/** How a command ends. */
export type ExitCode = 0 | 1 | 2;

const print = (text: string) => console.log(text);

/** Runs the command line `args` and returns the exit code: 0 done, 1 failed or cancelled, 2 wrong command line. */
export async function main(args: readonly string[]): Promise<ExitCode> {
  const { command, rest } = commandIn(args);
  if (command === "serve") return await serve(rest);
  const json = rest.includes("--json");
  try {
    return await run(command, rest);
  } catch (error) {
    const usage = error instanceof UsageError;
    const shown: JobError = usage
      ? { code: "BAD_INPUT", message: error.message }
      : describeError(error);
    if (shown.code === "INTERNAL") console.error(error);
    if (json) print(JSON.stringify({ error: shown }));
    else console.error(shown.message);
    return usage ? 2 : 1;
  }
}

async function serve(args: string[]): Promise<ExitCode> {
  const server: { main(args: string[]): Promise<ExitCode> } = await import("../main.ts");
  return await server.main(args);
}

async function run(command: string | undefined, args: string[]): Promise<ExitCode> {
  if (command === "key") return runKeyCommand(args);
  const environment = globalsIn(args);
  const plugins = await environment.plugins();
  if (command === "plugin") return await runPluginCommand(args, { ...environment, plugins });
  const downloads = await downloadsIn(environment.home);
  await using host = await Host.boot(await loadPlugins(plugins), {
    roots: [...await environment.roots(), downloads],
    trusted: true,
    cache: `${environment.home}/cache`,
    downloads,
  }, { provider: environment.provider });
  const members = host.members(tasks);
  const task = members.find((task) => kebab(task.name) === command);
  if (!task) {
    if (command !== undefined) {
      const names = [...members.map(({ name }) => kebab(name)), "plugin", "serve", "key"].join(
        ", ",
      );
      throw new UsageError(`Unknown command ${command}; known: ${names}`);
    }
    readArguments(args, []);
    print(overview(members));
    return args.some((argument) => argument === "--help" || argument === "-h") ? 0 : 2;
  }
  const flags = flagsOf(optionsSchema(task, host));
  const { globals, options } = readArguments(args, flags);
  if (globals.help) {
    print(commandHelp(task, flags));
    return 0;
  }
  const missing = flags.filter((flag) => flag.required && !(flag.property in options));
  if (missing.length) {
    throw new UsageError(`${command} needs ${missing.map(({ name }) => `--${name}`).join(", ")}`);
  }
  await using workspace = await Workspace.open(environment.home);
  await installModels(workspace, host, { folder: await environment.models() });
  const jobs = new Jobs(host, workspace, { local: true });
  return await runTask(task, options, globals, jobs);
}

/** What must be known before the plugins are loaded: they say what the other flags are. */
function globalsIn(args: readonly string[]) {
  const value = (name: string, variable?: string) => {
    const at = args.lastIndexOf(`--${name}`);
    const inline = args.findLast((argument) => argument.startsWith(`--${name}=`));
    return (at >= 0 ? args[at + 1] : inline?.slice(name.length + 3)) ??
      (variable && Deno.env.get(variable));
  };
  const data = value("data", "COUNTERGRADE_DATA");
  const models = value("models");
  return {
    home: value("home", "COUNTERGRADE_HOME") ?? ".countergrade",
    models: async () => models === undefined ? undefined : await folder("models", models),
    plugins: async () =>
      await pluginList({
        list: value("plugins", "COUNTERGRADE_PLUGINS"),
        config: value("configuration"),
      }),
    provider: providerNamed(value("provider", "COUNTERGRADE_PROVIDER")),
    roots: async () => data === undefined ? [] : [await folder("data", data)],
  };
}

function providerNamed(text = "auto"): ProviderChoice {
  if (isProviderChoice(text)) return text;
  throw new UsageError(
    `--provider expects one of ${PROVIDER_CHOICES.join(", ")}, not "${text}"`,
  );
}

async function folder(flag: string, path: string): Promise<string> {
  const info = await Deno.stat(path).catch(() => undefined);
  if (!info?.isDirectory) {
    throw new UsageError(`--${flag} expects a folder, there is none at "${path}"`);
  }
  return await Deno.realPath(path);
}

async function runTask(
  task: TaskPlugin,
  options: unknown,
  { json, fresh, seed, out }: GlobalFlags,
  jobs: Jobs,
): Promise<ExitCode> {
  const submitted = await submit(jobs, task, options, { seed, fresh });
  const job = await finish(jobs, submitted, json ? undefined : new ProgressBar());
  if (job.state !== "done") {
    const error = job.error ?? { code: "CANCELLED", message: cancelledText(job) };
    if (json) print(JSON.stringify({ error }));
    else console.error(error.message);
    return 1;
  }
  const result = job.result as Record<string, unknown>;
  const files = out === undefined
    ? undefined
    : await copyFiles(await artifactsOf(task, result, jobs), out, jobs);
  const shown = files && !("files" in result) ? { ...result, files } : result;
  print(JSON.stringify(shown, null, json ? undefined : 2));
  return 0;
}

function cancelledText({ state }: Job): string {
  if (state === "running") return "The job goes on in another process";
  return state === "cancelled"
    ? "Cancelled; the same command goes on from the checkpoint, --fresh starts anew"
    : "Interrupted; the same command goes on from the checkpoint";
}

/** Wrong options are a wrong command line here. */
async function submit(
  jobs: Jobs,
  task: TaskPlugin,
  options: unknown,
  how: { seed?: number; fresh?: boolean },
): Promise<Job> {
  try {
    return await jobs.submit(task.name, options, how);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new UsageError(error.message, { cause: error });
  }
}

/** Runs the job here, or follows it where another process already runs it. */
async function finish(jobs: Jobs, job: Job, bar: ProgressBar | undefined): Promise<Job> {
  const { store, owner } = jobs.workspace;
  const seen = store.events.read(job.id, 0, 1_000_000).at(-1)?.number ?? 0;
  const controller = new AbortController();
  const done = new AbortController();
  using _signals = onSignals({
    SIGINT: () => controller.abort(new CancelledError()),
    SIGTERM: () => controller.abort(new Interruption()),
  });
  const forget = jobs.workspace.onCancelRequested(() => controller.abort(new CancelledError()));
  const claimed = store.queue.claim(owner, { id: job.id });
  const shown = show(jobs, job, seen, bar, done.signal);
  if (claimed) {
    await new JobRunner(jobs.host, jobs.workspace).run(claimed, controller.signal);
  } else if (job.state === "queued" || job.state === "running") {
    bar?.note("Another process runs this job already; following it");
    controller.signal.addEventListener("abort", () => done.abort());
    await shown;
  }
  done.abort();
  await shown;
  forget();
  return await jobs.job(job.id);
}

async function show(
  jobs: Jobs,
  job: Job,
  after: number,
  bar: ProgressBar | undefined,
  signal: AbortSignal,
): Promise<void> {
  for await (const { body } of jobs.watch(job.id, after, signal)) {
    if (body.type === "progress") bar?.update(body);
    if (body.type === "warning") bar?.note(`Warning: ${body.message}`);
  }
  bar?.end();
}

/** Listens to signals until disposed. A second one ends the process at once: the job's checkpoint is whole at any time. */
function onSignals(handlers: Partial<Record<Deno.Signal, () => void>>): Disposable {
  let asked = false;
  const listeners = Object.entries(handlers)
    .filter(([signal]) => Deno.build.os !== "windows" || signal === "SIGINT")
    .map(([signal, handler]): [Deno.Signal, () => void] => [signal as Deno.Signal, () => {
      if (asked) Deno.exit(1);
      asked = true;
      handler();
    }]);
  for (const [signal, listener] of listeners) Deno.addSignalListener(signal, listener);
  return {
    [Symbol.dispose]() {
      for (const [signal, listener] of listeners) Deno.removeSignalListener(signal, listener);
    },
  };
}

if (import.meta.main) Deno.exit(await main(Deno.args));
