/** What the server says, read again while it is shown. */

/// <reference lib="dom" />

import { useEffect, useState } from "preact/hooks";
import { request, ServerError } from "./client.ts";
import { reachable } from "./connection.ts";

/** What is known by now. */
export interface Answer<Data> {
  /** The latest answer; undefined before the first. What was read before stays while the server is away. */
  readonly data?: Data;
  /** Why there is no newer answer, in words; empty when all is well. */
  readonly trouble: string;
}

/** How long to wait before asking again, in ms: after an error, and when the server is back. */
const [RETRY, AGAIN] = [2000, 100];

/** Runs a query, again every so many ms (0: once), and after a failure until the server answers. */
export function useQuery<Data>(
  query: string,
  variables: object = {},
  every = 0,
): Answer<Data> & { again(): void } {
  const key = query + JSON.stringify(variables);
  return useReading(() => request<Data>(query, variables), key, every);
}

/** The same for whatever is read; `key` says what that is. */
export function useReading<Data>(
  read: () => Promise<Data>,
  key: string,
  every = 0,
): Answer<Data> & { again(): void } {
  const [answer, setAnswer] = useState<Answer<Data>>({ trouble: "" });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let over = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const turnOver = async () => {
      let pause = every;
      try {
        const data = await read();
        if (!over) setAnswer({ data, trouble: "" });
      } catch (error) {
        pause = RETRY;
        if (!over) setAnswer(({ data }) => ({ data, trouble: troubleOf(error) }));
        // Once the server is back everything is read at once.
        if (!(error instanceof ServerError)) await reachable().then(() => pause = AGAIN);
      }
      // Nobody looks at a page in the background.
      if (pause && !over) timer = setTimeout(turnOver, document.hidden ? 5 * pause : pause);
    };
    turnOver();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [key, every, turn]);
  return { ...answer, again: () => setTurn((before) => before + 1) };
}

/** What went wrong, in words for the user. */
export function troubleOf(error: unknown): string {
  return error instanceof ServerError ? error.message : "Waiting for the server …";
}
