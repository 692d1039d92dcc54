/** Running a job: the task gets its context, its watchers get events, its errors become words. */

import { Checkpoint, removeCheckpoint } from "./checkpoint.ts";
import {
  CancelledError,
  CountergradeError,
  InputError,
  NotFoundError,
  PluginError,
  StorageError,
} from "../errors.ts";
import { doInParts, partsOf } from "./in_parts.ts";
import type { Host } from "../host/host.ts";
import { parseOptions } from "../host/plugin_options.ts";
import { type TaskPlugin, tasks } from "../task.ts";
import { pluginsBehind } from "./provenance.ts";
import { Random } from "../random.ts";
import { type ClaimedJob, type JobError, LeaseLostError, type Outcome } from "./job.ts";
import { artifactId, derivedId } from "./keys.ts";
import { Emitter } from "./emitter.ts";
import { optionsOf } from "./task_options.ts";
import type { Artifact, JobContext } from "../job_context.ts";
import type { Workspace } from "./workspace.ts";

/** The reason to abort a job that shall go on later: the process ends in good order. */
export class Interruption extends CancelledError {
  constructor() {
    super("The process is shutting down; the job goes on at its next start");
  }
}

/**
 * What of an error may be shown: the code, message and path of a {@linkcode CountergradeError}; everything else is a bug,
 * whose text may hold secrets, and becomes `INTERNAL`.
 */
export function describeError(error: unknown): JobError {
  if (!(error instanceof CountergradeError)) return { code: "INTERNAL", message: "Internal error" };
  const { code, message } = error;
  const hasPath = error instanceof InputError || error instanceof NotFoundError;
  return hasPath && error.path.length ? { code, message, path: error.path } : { code, message };
}

/** Does a part of a work. */
type DoPart = (part: unknown) => Promise<Uint8Array>;

/** A job while it runs. */
interface Run {
  readonly job: ClaimedJob;
  readonly signal: AbortSignal;
  readonly checkpoint: Checkpoint;
  readonly events: Emitter;
  readonly warn: (message: string) => void;
  /** The names of checkpoints that are of no use once it is done. */
  readonly names: string[];
}

/** Runs claimed jobs, one or several at a time. */
export class JobRunner {
  readonly #host: Host;
  readonly #workspace: Workspace;
  readonly #log: (text: string) => void;
  readonly #now: () => number;

  /** `log` gets the full text of unexpected errors; default: stderr. `now` is a clock in ms. */
  constructor(
    host: Host,
    workspace: Workspace,
    log: (text: string) => void = console.error,
    now: () => number = () => performance.now(),
  ) {
    this.#host = host;
    this.#workspace = workspace;
    this.#log = log;
    this.#now = now;
  }

  /**
   * Runs a job that this workspace's owner has claimed, to its end; never rejects because of the task.
   *
   * Abort `signal` to cancel, or with an {@linkcode Interruption} to give the job back to the queue; the task notices at
   * its next step. A job that has another owner by now is aborted, and writes nothing more.
   */
  async run(job: ClaimedJob, signal: AbortSignal): Promise<void> {
    await this.#run(job, signal);
  }

  /** As {@linkcode run}; `part` does a part in the way of the job that it belongs to, which runs here. */
  async #run(job: ClaimedJob, signal: AbortSignal, part?: DoPart): Promise<void> {
    const { store } = this.#workspace;
    const controller = new AbortController();
    const lose = () => controller.abort(new LeaseLostError(job));
    const forget = this.#workspace.onBeat((mine) => {
      if (!mine.some(({ id, attempt }) => id === job.id && attempt === job.attempt)) lose();
    });
    const events = new Emitter(store.events, job, this.#now, lose);
    const warn = (message: string) => events.emit({ type: "warning", message });
    const checkpoint = new Checkpoint(this.#workspace, job, warn);
    const names = [job.checkpoint];
    const both = AbortSignal.any([signal, controller.signal]);
    let end: Outcome | "interrupted" | "lost";
    try {
      events.emit({ type: "started", attempt: job.attempt });
      const result = await this.#work(
        { job, signal: both, checkpoint, events, warn, names },
        part,
      );
      await events.flush();
      end = { state: "done", result };
    } catch (error) {
      await events.flush().catch(() => {});
      end = this.#endOf(job, error, both);
    }
    forget();
    try {
      if (end === "lost") {
        this.#log(`${new LeaseLostError(job).message}; it goes on elsewhere`);
      } else if (end === "interrupted") {
        await store.queue.release(job, "interruption");
      } else if (await store.queue.finish(job, end) && end.state === "done") {
        // What became of a part is its checkpoint, which the whole waits for.
        if (job.parent !== undefined) return;
        for (const name of names) await removeCheckpoint(this.#workspace, name);
      }
    } catch (error) {
      // The end cannot be written: the lease runs out, and the job is tried again from its checkpoint.
      this.#log(`${job.id} (${job.task}) has ended, but cannot be stored: ${textOf(error)}`);
    }
  }

  async #work(run: Run, doPart?: DoPart): Promise<unknown> {
    const { job } = run;
    const task = this.#host.member(tasks, job.task);
    const what = `the options of ${task.name}`;
    const options = parseOptions(optionsOf(task, this.#host), job.options, what);
    const context = this.#context(run, options);
    context.signal.throwIfAborted();
    if (job.parent === undefined) {
      return this.#checkedResult(task, await task.run(options, context));
    }
    const bytes = await (doPart ?? ((part) => task.part!(options, part, context)))(job.part);
    await run.checkpoint.write(bytes);
    return {};
  }

  /** A result that breaks the task's own schema would break clients later, where nobody knows why. */
  #checkedResult(task: TaskPlugin, result: unknown): unknown {
    const parsed = task.result.safeParse(result);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    throw new PluginError(
      this.#host.pluginOf(tasks, task.name).id,
      `task ${task.name} gave a wrong result: ${
        issue.path.join(".") || "result"
      }: ${issue.message}`,
    );
  }

  #context({ job, checkpoint, events, warn, names, ...run }: Run, options: unknown): JobContext {
    const { store, blobs } = this.#workspace;
    const host = this.#host;
    const signal = abortable(run.signal);
    // All at once: a disk that syncs many files waits about as long as for one.
    const write = async (files: Readonly<Record<string, Uint8Array>>) =>
      Object.fromEntries(
        await Promise.all(
          Object.entries(files).map(async ([name, bytes]) =>
            [name, await blobs.write(bytes, extensionOf(name))] as const
          ),
        ),
      );
    const provenanceFrom = (inputs: readonly string[]) => ({
      task: job.task,
      plugins: pluginsBehind(host, job.task, options),
      options,
      seed: job.seed,
      inputs,
    });
    return {
      id: job.id,
      signal,
      random: new Random(job.seed),
      host,
      emit: (event) => events.emit(event),
      async saveBlob(bytes, extension) {
        signal.throwIfAborted();
        return await blobs.write(bytes, extension);
      },
      async save(kind, files, metadata, inputs) {
        signal.throwIfAborted();
        const names = await write(files);
        const provenance = provenanceFrom(inputs);
        const id = artifactId(kind, names, provenance);
        const createdAt = new Date().toISOString();
        return await store.artifacts.put(
          { id, kind, createdAt, files: names, metadata, provenance },
          job,
        );
      },
      async derived(kind, key, make) {
        signal.throwIfAborted();
        const id = derivedId(kind, key);
        const known = await store.artifacts.get(id);
        const kept = known && await readAll(blobs, known);
        if (kept) {
          // Whoever's job has use for it may see it.
          await store.artifacts.put(known, undefined, { ofJob: job });
          return kept;
        }
        const { files, metadata, inputs } = await make();
        signal.throwIfAborted();
        const names = await write(files);
        // A damaged file of the same content is whole again now; of other content it stays damaged, and is made each time.
        const createdAt = new Date().toISOString();
        const provenance = provenanceFrom(inputs);
        const artifact = { id, kind, createdAt, files: names, metadata, provenance };
        await store.artifacts.put(artifact, undefined, { ofJob: job });
        return files;
      },
      async load(kind, id) {
        signal.throwIfAborted();
        const artifact = await store.artifacts.get(id);
        if (artifact?.kind !== kind) throw new NotFoundError(kind, id);
        return artifact;
      },
      async read(artifact: Artifact, file) {
        signal.throwIfAborted();
        const name = artifact.files[file];
        if (!name) throw new StorageError(`Cannot read ${file} of ${artifact.id}: no such file`);
        return await blobs.read(name, {
          signal,
          onProgress: (step, total) =>
            events.emit({ type: "progress", step, total, message: `fetching ${file}` }),
        });
      },
      inParts: async (parts, here, onDone = () => {}) => {
        // What is small stays whole.
        if (parts.length === 1) {
          const bytes = await here(parts[0]);
          onDone(parts[0]);
          return [bytes];
        }
        const named = partsOf(job, parts);
        names.push(...named.map(({ checkpoint }) => checkpoint));
        return await doInParts(named, {
          workspace: this.#workspace,
          job,
          signal,
          warn,
          run: (part) => this.#run(part, run.signal, () => here(part.part as typeof parts[number])),
          onDone: (at) => onDone(parts[at]),
        });
      },
      checkpoint: {
        read: async () => {
          signal.throwIfAborted();
          return await checkpoint.read();
        },
        // Allowed after the abort as well: the last thing that a task may do is to save where it is.
        write: (bytes) => checkpoint.write(bytes),
      },
    };
  }

  #endOf(
    job: ClaimedJob,
    error: unknown,
    signal: AbortSignal,
  ): Outcome | "interrupted" | "lost" {
    if (error instanceof LeaseLostError) return "lost";
    // Once aborted, whatever is thrown is the way out; AbortError of some library, say.
    if (signal.aborted) {
      if (signal.reason instanceof LeaseLostError) return "lost";
      return signal.reason instanceof Interruption ? "interrupted" : { state: "cancelled" };
    }
    if (error instanceof CancelledError) return { state: "cancelled" };
    const shown = describeError(error);
    if (shown.code === "INTERNAL") this.#log(`${job.id} (${job.task}) failed: ${textOf(error)}`);
    return { state: "failed", error: shown };
  }
}

/** The files of an artifact, or undefined when one is missing or damaged. */
async function readAll(
  blobs: Workspace["blobs"],
  { files }: Artifact,
): Promise<Record<string, Uint8Array> | undefined> {
  const out: Record<string, Uint8Array> = {};
  try {
    for (const [name, blob] of Object.entries(files)) out[name] = await blobs.read(blob);
    return out;
  } catch (error) {
    if (error instanceof StorageError) return undefined;
    throw error;
  }
}

/** A signal that is aborted with `signal`, always for a CancelledError, as tasks are promised. */
function abortable(signal: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const abort = () => {
    const { reason } = signal;
    controller.abort(reason instanceof CancelledError ? reason : new CancelledError());
  };
  if (signal.aborted) abort();
  else signal.addEventListener("abort", abort, { once: true });
  return controller.signal;
}

function extensionOf(file: string): string {
  return /\.([a-z0-9]{1,16})$/.exec(file)?.[1] ?? "bin";
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? "" : `\nCaused by: ${textOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
