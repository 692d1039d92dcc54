/** The events of a job as a list to page through: numbered 1, 2, 3, … without gaps, so a number is a place. */

import { InputError } from "@countergrade/countergrade";
import type { JobEvent, Store } from "@countergrade/countergrade/jobs";
import type { ListSource } from "./connection.ts";

/** The list. */
export function eventList({ events }: Pick<Store, "events">, job: string): ListSource<JobEvent> {
  const count = async () => await events.count(job);
  return {
    cursorOf: ({ number }) => String(number),
    count,
    async read({ limit, after, before, inverted }) {
      const start = numberOf(after, "after") ?? 0;
      const end = numberOf(before, "before") ?? Infinity;
      if (!inverted) {
        const found = await events.read(job, start, limit);
        return found.filter(({ number }) => number < end);
      }
      const last = Math.min(end - 1, await count());
      const from = Math.max(start, last - limit);
      return last <= from ? [] : [...await events.read(job, from, last - from)].reverse();
    },
  };
}

function numberOf(cursor: string | undefined, name: "after" | "before"): number | undefined {
  if (cursor === undefined) return undefined;
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor);
  throw new InputError(`Cannot continue ${name} "${cursor}": expected the number of an event`, [
    name,
  ]);
}
