/** What can be done with a job: cancel it, run it again, change its options, look at it in the view of its kind. */

import { useState } from "preact/hooks";
import { addressOf, go } from "../shared/address.ts";
import { request } from "../shared/client.ts";
import { CANCEL_JOB, type Job } from "./operations.ts";
import { START_JOB } from "../form/operations.ts";
import { hasEnded } from "./state.tsx";
import { troubleOf } from "../shared/query.ts";

/** The buttons. */
export function JobActions(
  { job, onChange, view = "jobs" }: { job: Job; onChange(): void; view?: string },
) {
  const [trouble, setTrouble] = useState("");
  const [busy, setBusy] = useState(false);
  const [cancelling, setCancelling] = useState(false);
  const run = async (work: () => Promise<Answer>) => {
    setBusy(true);
    try {
      const { job: answered, errors: [error] } = await work();
      setTrouble(error?.message ?? "");
      if (answered && answered.id !== job.id) go(addressOf(view, { job: answered.id }));
      onChange();
    } catch (error) {
      setTrouble(troubleOf(error));
    } finally {
      setBusy(false);
    }
  };
  const cancel = async () => {
    setCancelling(true);
    const { cancelled } = await request<{ cancelled: Answer }>(CANCEL_JOB, { id: job.id });
    if (cancelled.errors.length) setCancelling(false);
    return cancelled;
  };
  const start = async (fresh: boolean) => {
    const { task, options, seed } = job;
    const input = { task, options, seed, fresh };
    const { started } = await request<{ started: Answer }>(START_JOB, { input });
    return started;
  };
  const training = isTraining(job.task);
  const place = placeOf(job);
  const resumes = training && (job.state === "CANCELLED" || job.state === "FAILED");
  return (
    <div class="actions">
      {!hasEnded(job.state) && (
        <button
          type="button"
          disabled={busy || cancelling}
          onClick={() => run(cancel)}
        >
          {cancelling ? "Cancelling …" : "Cancel"}
        </button>
      )}
      {resumes && (
        <button
          type="button"
          class="main"
          disabled={busy}
          onClick={() => run(() => start(false))}
        >
          Resume
        </button>
      )}
      {hasEnded(job.state) && (
        <button
          type="button"
          disabled={busy}
          onClick={() => run(() => start(true))}
        >
          {resumes ? "Start over" : "Run again"}
        </button>
      )}
      <a class="action" href={addressOf("jobs", { show: "start", task: job.task, like: job.id })}>
        Change options
      </a>
      {place && <a class="action" href={place}>Open in the explorer</a>}
      {training && view === "jobs" && (
        <a class="action" href={addressOf("training", { job: job.id })}>Watch the training</a>
      )}
      {cancelling && !hasEnded(job.state) && (
        <p class="note" role="status">It ends at its next step, and keeps what it has stored.</p>
      )}
      {trouble && <p class="problem" role="alert">{trouble}</p>}
    </div>
  );
}

/** Where the explorer shows the image that a job was about; undefined when it was about none. */
function placeOf({ options: { probe, split, index } }: Job): string | undefined {
  return typeof probe === "string" && typeof split === "string" && typeof index === "number"
    ? addressOf("explorer", { model: probe, split, index: String(index) })
    : undefined;
}

interface Answer {
  readonly job: { readonly id: string } | null;
  readonly errors: readonly { message: string }[];
}

/** By the name: what trains has a curve to look at, and goes on from its checkpoint. */
export function isTraining(task: string): boolean {
  return task.startsWith("train");
}
