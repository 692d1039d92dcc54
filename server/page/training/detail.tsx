/** One training: how far it is, its curves and its pictures. */

import { useState } from "preact/hooks";
import { addressOf } from "../shared/address.ts";
import { JobActions } from "../jobs/actions.tsx";
import type { WholeJob } from "../jobs/operations.ts";
import { hasEnded, JobProgress, State } from "../jobs/state.tsx";
import { runTime, span } from "../jobs/times.ts";
import { summaryOf } from "../jobs/summary.ts";
import { TrainingChart } from "./chart.tsx";
import { useTraining } from "./follow.ts";
import { panelsOf } from "./panels.ts";
import { Samples } from "./samples.tsx";
import type { Training } from "./state.ts";

/** The training of a job. */
export function TrainingDetail({ job, again }: { job: WholeJob; again(): void }) {
  const { training, whole } = useTraining(job, again);
  const [log, setLog] = useState(true);
  const { curves, samples, warnings, first } = training;
  const [main, ...others] = panelsOf(curves);
  const ended = hasEnded(job.state);
  return (
    <div class="training">
      <section class="detail-job" aria-label="Training">
        <a class="back" href={addressOf("training")}>‹ All trainings</a>
        <h2>
          {job.task}{" "}
          <span role="status">
            <State state={job.state} />
          </span>
          <small>{summaryOf(job)}</small>
        </h2>
        <div class="live">
          {!ended && <JobProgress progress={training.total ? training : job.progress} />}
          <Facts job={job} training={training} />
        </div>
        {job.error && <p class="problem" role="alert">{job.error.message}</p>}
        {warnings.map((text) => <p key={text} class="warning">{text}</p>)}
        <JobActions job={job} onChange={again} view="training" />
      </section>
      {main
        ? (
          <section aria-label={main.title}>
            <div class="bar">
              <h3>{main.title}</h3>
              <label class="tick">
                <input
                  type="checkbox"
                  checked={log}
                  onChange={({ currentTarget }) => setLog(currentTarget.checked)}
                />
                Logarithmic
              </label>
            </div>
            <TrainingChart panel={main} log={log} height={300} />
            {first !== undefined && first > 1 && (
              <p class="note">This run went on from its checkpoint, at step {first - 1}.</p>
            )}
          </section>
        )
        : (
          <section aria-label="Curves">
            <p class="note" role="status">
              {!ended
                ? waitingFor(job, training)
                : whole
                ? "It ended before there was anything to draw."
                : "Loading …"}
            </p>
          </section>
        )}
      <section aria-label="Pictures">
        <h3>What it makes of held-out images</h3>
        <Samples samples={samples} />
      </section>
      {others.length > 0 && (
        <div class="curve-grid">
          {others.map((panel) => (
            <section key={panel.title} aria-label={panel.title}>
              <h3>{panel.title}</h3>
              {panel.about && <p class="note">{panel.about}</p>}
              <TrainingChart panel={panel} log={false} height={180} />
            </section>
          ))}
        </div>
      )}
    </div>
  );
}

function waitingFor({ state }: WholeJob, { message }: Training): string {
  if (state === "QUEUED") return "Waits for its turn.";
  return message ? `Preparing: ${message}` : "Preparing the networks …";
}

function Facts({ job, training }: { job: WholeJob; training: Training }) {
  const { step, total, imagesPerSecond, secondsLeft } = training;
  const running = job.state === "RUNNING";
  const facts: [string, string][] = [
    ["Step", total ? `${step.toLocaleString("en")} of ${total.toLocaleString("en")}` : "–"],
    ["Images per second", imagesPerSecond ? imagesPerSecond.toFixed(1) : "–"],
    running
      ? ["Time left", secondsLeft === undefined ? "–" : span(secondsLeft)]
      : ["Took", runTime(job) ?? "–"],
    ["Seed", String(job.seed)],
  ];
  return (
    <dl class="facts">
      {facts.map(([term, text]) => (
        <div key={term}>
          <dt>{term}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  );
}
