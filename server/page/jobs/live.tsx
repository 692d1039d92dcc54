/** The progress of a job that has not ended, as it comes. */

/// <reference lib="dom" />

import { useEffect, useState } from "preact/hooks";
import { followJob } from "./follow.ts";
import type { Job, JobEvent } from "./operations.ts";
import { queueText, WAITS } from "./queue_text.ts";
import { JobProgress } from "./state.tsx";
import { span } from "./times.ts";
import { troubleOf } from "../shared/query.ts";

type Progress = Extract<JobEvent, { __typename: "Progress" }>;

interface Live {
  readonly progress?: Progress;
  readonly queue?: string;
  readonly preview?: string;
  readonly warnings: readonly string[];
}

/** A bar with what is being done, the latest preview, and warnings. */
export function JobLive({ job, onEnd }: { job: Job; onEnd(): void }) {
  const [live, setLive] = useState<Live>({ warnings: [] });
  useEffect(() => {
    const leaving = new AbortController();
    const tell = (events: readonly JobEvent[]) => setLive((before) => events.reduce(after, before));
    followJob(job.id, { tell, signal: leaving.signal }).then(
      () => leaving.signal.aborted || onEnd(),
      (error) => setLive((before) => ({ ...before, warnings: [troubleOf(error)] })),
    );
    return () => leaving.abort();
  }, [job.id]);
  const { preview, warnings } = live;
  const progress = live.progress ?? job.progress;
  return (
    <div class="live">
      <JobProgress progress={progress} />
      <p class="note">
        {progress
          ? wordsOf(progress, live.progress)
          : job.state === "QUEUED"
          ? live.queue ?? WAITS
          : "Starting"}
      </p>
      {preview && <img class="shown-image" src={preview} alt="What the frames look like so far" />}
      {warnings.map((text) => <p key={text} class="warning">{text}</p>)}
    </div>
  );
}

function after(live: Live, event: JobEvent): Live {
  switch (event.__typename) {
    case "Progress":
      return { ...live, progress: event };
    case "Queued":
      return { ...live, queue: queueText(event) };
    case "Preview":
      return { ...live, preview: event.image.url };
    case "Warning":
      return { ...live, warnings: [...live.warnings, event.warning] };
    default:
      return live;
  }
}

function wordsOf(
  { step, total, message }: NonNullable<Job["progress"]>,
  latest?: Progress,
): string {
  const left = latest?.secondsLeft;
  return [
    `${step.toLocaleString("en")} of ${total.toLocaleString("en")}`,
    message,
    latest?.imagesPerSecond && `${latest.imagesPerSecond.toFixed(1)} images/s`,
    left != null && left > 0 && `${span(left)} left`,
  ].filter(Boolean).join(" · ");
}
