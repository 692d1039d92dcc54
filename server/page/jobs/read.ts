/** Reading one job, until it has ended. */

import { useRef } from "preact/hooks";
import { WHOLE_JOB, type WholeJob } from "./operations.ts";
import { hasEnded } from "./state.tsx";
import { useQuery } from "../shared/query.ts";

/** How often a job that has not ended is read again, in ms. Its events come by themselves. */
const REFRESH = 2000;

/** The job with an id; null when there is none. */
export function useJob(id: string) {
  const ended = useRef(false);
  const { data, ...rest } = useQuery<{ job: WholeJob | null }>(
    WHOLE_JOB,
    { id },
    ended.current ? 0 : REFRESH,
  );
  ended.current = data !== undefined && (!data.job || hasEnded(data.job.state));
  return { job: data?.job, ...rest };
}
