/** One thing of a list: a link to what is shown of it beside the list. */

/// <reference lib="dom" />

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { addressOf } from "../shared/address.ts";
import type { Job } from "./operations.ts";
import { JobProgress, State } from "./state.tsx";
import { summaryOf } from "./summary.ts";
import { ago, clock, runTime } from "./times.ts";

interface RowProps {
  readonly href: string;
  readonly chosen: boolean;
  readonly children: ComponentChildren;
}

/** A row. The chosen one comes into sight in a list that scrolls. */
export function Row({ href, chosen, children }: RowProps) {
  const link = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    if (chosen) link.current?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  return (
    <li>
      <a class="row" href={href} ref={link} aria-current={chosen ? "true" : undefined}>
        {children}
      </a>
    </li>
  );
}

/** A job, shown in a view. */
export function JobRow({ job, chosen, view, images }: {
  job: Job;
  chosen: boolean;
  view: string;
  /** Names of images of one's own. */
  images?: ReadonlyMap<string, string>;
}) {
  const { id, task, state, createdAt } = job;
  const time = runTime(job);
  return (
    <Row href={addressOf(view, { job: id })} chosen={chosen}>
      <b>{task}</b>
      <State state={state} />
      <span class="quiet">{summaryOf(job, images)}</span>
      <span class="quiet time" title={`${clock(createdAt)}${time ? `, took ${time}` : ""}`}>
        {ago(createdAt)}
      </span>
      {state === "RUNNING" && <JobProgress progress={job.progress} />}
    </Row>
  );
}
