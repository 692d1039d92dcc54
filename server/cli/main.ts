/** The command line: every task is a sub-command. It runs its job in this process, on the same store as the server. */

import {
  CancelledError,
  Host,
  InputError,
  loadPlugins,
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
import {
  type ExitCode,
  type GlobalFlags,
  program,
  read,
  readGlobals,
  type Run,
} from "./arguments.ts";
import { type Environment, environmentOf } from "./environment.ts";
import { flagsOf, kebab, optionsSchema, UsageError } from "./flags.ts";
import { addKey } from "./key.ts";
import { artifactsOf, copyFiles } from "./output.ts";
import { addList, namesIn } from "./list.ts";
import { addKeeping } from "./keeping.ts";
import { addPlugin } from "./plugin.ts";
import { addTask, assertComplete, optionsOf } from "./task_command.ts";
import { withIds } from "../jobs/short_names.ts";
import { downloadsIn } from "./data_folders.ts";
import { ProgressBar } from "./progress_bar.ts";

/** Commands that need no plugin to be read. */
const OWN = ["plugin", "key", "verify-store", "prune"];

const print = (text: string) => console.log(text);

/** Runs the command line `args` and returns the exit code: 0 done, 1 failed or cancelled, 2 wrong command line. */
export async function main(args: readonly string[]): Promise<ExitCode> {
  try {
    return await run(args);
  } catch (error) {
    const usage = error instanceof UsageError;
    const shown: JobError = usage
      ? { code: "BAD_INPUT", message: error.message }
      : describeError(error);
    if (shown.code === "INTERNAL") console.error(error);
    if (args.includes("--json")) print(JSON.stringify({ error: shown }));
    else console.error(shown.message);
    return usage ? 2 : 1;
  }
}

async function run(args: readonly string[]): Promise<ExitCode> {
  const { command, globals } = readGlobals(args);
  if (command === "serve") return await started(import("../main.ts"), args);
  if (command === "worker") return await started(import("../worker.ts"), args);
  const environment = environmentOf(globals);
  const root = program();
  let chosen!: Run;
  const choose = (run: Run) => void (chosen = run);
  const addOwn = () => {
    root.command("serve").description("Start the server with API and page");
    root.command("worker").description("Run the jobs of a store, beside a server or elsewhere");
    addPlugin(root, environment, choose);
    addKey(root, choose);
    addKeeping(root, environment, choose);
  };
  if (command !== undefined && OWN.includes(command)) {
    addOwn();
    return read(root, args) ?? await chosen();
  }
  await using host = await bootHost(environment);
  for (const task of host.members(tasks)) {
    const flags = kebab(task.name) === command ? flagsOf(optionsSchema(task, host)) : [];
    const sub = addTask(root, task, flags);
    sub.action(() => {
      const options = optionsOf(sub, flags);
      choose(() => {
        assertComplete(sub, flags, options);
        return runTask(task, options, globals, environment, host);
      });
    });
  }
  addList(root, environment, host, choose);
  addOwn();
  return read(root, args) ?? await chosen();
}

async function started(
  module: Promise<{ main(args: readonly string[]): Promise<ExitCode> }>,
  args: readonly string[],
): Promise<ExitCode> {
  return await (await module).main(args);
}

async function bootHost(environment: Environment): Promise<Host> {
  const downloads = await downloadsIn(environment.home);
  return await Host.boot(await loadPlugins(await environment.plugins()), {
    roots: [...await environment.roots(), downloads],
    trusted: true,
    cache: `${environment.home}/cache`,
    downloads,
  }, { provider: environment.provider });
}

async function runTask(
  task: TaskPlugin,
  options: Record<string, unknown>,
  globals: GlobalFlags,
  environment: Environment,
  host: Host,
): Promise<ExitCode> {
  const { home, store } = environment;
  await using workspace = await Workspace.open(home, { store });
  await installModels(workspace, host, { folder: await environment.models() });
  const jobs = new Jobs(host, workspace, { local: true });
  const named = withIds(task.options(host), options, await namesIn(workspace, host));
  const submitted = await submit(jobs, task, named, globals);
  const { json, out } = globals;
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
  { seed, fresh = false }: GlobalFlags,
): Promise<Job> {
  try {
    return await jobs.submit(task.name, options, { seed, fresh });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new UsageError(error.message, { cause: error });
  }
}

/** Runs the job here, or follows it where another process already runs it. */
async function finish(jobs: Jobs, job: Job, bar: ProgressBar | undefined): Promise<Job> {
  const { store, owner } = jobs.workspace;
  const seen = await store.events.count(job.id);
  const controller = new AbortController();
  const done = new AbortController();
  using _signals = onSignals({
    SIGINT: () => controller.abort(new CancelledError()),
    SIGTERM: () => controller.abort(new Interruption()),
  });
  const forget = jobs.workspace.onBeat((mine) => {
    const cancelled = mine.some(({ id, cancelRequested }) => id === job.id && cancelRequested);
    if (cancelled) controller.abort(new CancelledError());
  });
  const claimed = await store.queue.claim(owner, { id: job.id });
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
