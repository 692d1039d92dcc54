/** One job: how far it is, what it was asked, what came out, and what can be done with it. */

/// <reference lib="dom" />

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { addressOf } from "../shared/address.ts";
import { JobActions } from "./actions.tsx";
import { JobLive } from "./live.tsx";
import { useJob } from "./read.ts";
import { hasEnded, State } from "./state.tsx";
import { Stored } from "./stored.tsx";
import { ago, clock, runTime } from "./times.ts";
import { Value } from "./values.tsx";

/** The job with an id. */
export function JobDetail({ id }: { id: string }) {
  const { job, trouble, again } = useJob(id);
  const heading = useRef<HTMLHeadingElement>(null);
  const there = Boolean(job);
  useEffect(() => {
    // The form or link that led here is gone; whoever uses the keyboard goes on from the heading.
    if (there && document.activeElement === document.body) heading.current?.focus();
  }, [there]);
  if (job === null) {
    return (
      <section class="empty detail-job">
        <h2>There is no such job</h2>
        <p class="note">
          It may have run in another home folder. <a href={addressOf("jobs")}>All jobs</a>
        </p>
      </section>
    );
  }
  if (!job) {
    return (
      <section class="detail-job" aria-busy="true">
        <p class="note" role="status">{trouble || "Loading …"}</p>
      </section>
    );
  }
  const time = runTime(job);
  return (
    <section class="detail-job" aria-label={`Job ${job.task}`}>
      <a class="back" href={addressOf("jobs")}>‹ All jobs</a>
      <h2 ref={heading} tabIndex={-1}>
        {job.task}{" "}
        <span role="status">
          <State state={job.state} />
        </span>
      </h2>
      {!hasEnded(job.state) && <JobLive job={job} onEnd={again} />}
      {job.error && <p class="problem" role="alert">{job.error.message}</p>}
      <JobActions job={job} onChange={again} />
      <dl class="facts">
        <Fact term="Started" title={job.startedAt ? clock(job.startedAt) : ""}>
          {job.startedAt ? ago(job.startedAt) : hasEnded(job.state) ? "never" : "not yet"}
        </Fact>
        <Fact term={hasEnded(job.state) ? "Took" : "Running for"}>{time ?? "–"}</Fact>
        <Fact term="Seed">{job.seed}</Fact>
        <Fact term="Id" wide>
          <code>{job.id}</code>
        </Fact>
      </dl>
      <h3>Options</h3>
      <Value value={job.options} />
      {job.resultData != null && (
        <>
          <h3>Result</h3>
          <Value value={job.resultData} />
        </>
      )}
      <Stored things={job.artifacts} />
    </section>
  );
}

function Fact({ term, title, wide, children }: {
  term: string;
  title?: string;
  wide?: boolean;
  children: ComponentChildren;
}) {
  return (
    <div title={title || undefined} class={wide ? "full" : undefined}>
      <dt>{term}</dt>
      <dd>{children}</dd>
    </div>
  );
}
