/** What the lists of a store promise. */

import { InputError } from "@countergrade/countergrade";
import type { Store } from "@countergrade/countergrade/jobs";
import { type Check, ensureRejects, ensureSame } from "./check.ts";
import { artifactOf, work } from "./toy_jobs.ts";

/** The checks; `on` makes one on a store of its own. */
export function storeListChecks(
  on: (name: string, run: (opened: { store: Store }) => Promise<void>) => Check,
): Check[] {
  return [
    on("an artifact keeps its first row, and its job knows it", async ({ store }) => {
      const { queue, artifacts, jobs } = store;
      await queue.add(work("a"));
      const job = (await queue.claim("me"))!;
      const first = await artifacts.put(artifactOf("codes-1"), job);
      const again = await artifacts.put({ ...artifactOf("codes-1"), createdAt: "later" }, job);
      ensureSame("the first", first, artifactOf("codes-1"));
      ensureSame("again", again, first);
      await artifacts.put(artifactOf("codes-2"), job);
      ensureSame("of the job", (await jobs.get(job.id))?.artifacts, ["codes-1", "codes-2"]);
      ensureSame("none", await artifacts.get("codes-9"), undefined);
    }),
    on(
      "titles are kept without control and bidi characters, whoever gives them",
      async ({ store }) => {
        const title = "a\u0007b\u202Egnp.exe\u2028\r\n\u2066c";
        const { metadata } = await store.artifacts.put({
          ...artifactOf("codes-1"),
          metadata: { title, n: 1 },
        });
        ensureSame("metadata", metadata, { title: "abgnp.exec", n: 1 });
      },
    ),
    on(
      "lists are paged by item: both orders, by kind, and new rows do not shift a page",
      async ({ store }) => {
        const { artifacts, jobs } = store;
        for (let i = 1; i <= 5; i++) await artifacts.put(artifactOf(`codes-${i}`));
        await artifacts.put(artifactOf("probe-1"));
        const expect = async (
          query: Parameters<typeof artifacts.list>[0],
          ids: readonly number[],
          rest: boolean,
        ) => {
          const { items, more } = await artifacts.list({ kind: "codes", ...query });
          const found = [items.map(({ id }) => Number(id.slice(6))), more];
          ensureSame(JSON.stringify(query), found, [ids, rest]);
        };
        await expect({ first: 2 }, [5, 4], true);
        await artifacts.put(artifactOf("codes-6"));
        await expect({ first: 2, after: "codes-4" }, [3, 2], true);
        await expect({ first: 2, after: "codes-2" }, [1], false);
        await expect({ first: 2, order: "oldest", after: "codes-4" }, [5, 6], false);
        await expect({ before: "codes-4" }, [6, 5], false);
        const between = { after: "codes-1", before: "codes-5" };
        await expect({ first: 2, order: "oldest", ...between }, [2, 3], true);
        await expect({ first: 2, backwards: true, before: "codes-1" }, [2, 3], true);
        ensureSame("count()", [await artifacts.count({ kind: "codes" }), await artifacts.count()], [
          6,
          7,
        ]);
        const none = await artifacts.list({ kind: "none" });
        ensureSame("no kind", none, { items: [], more: false });
        await ensureRejects("first: 0", () => artifacts.list({ first: 0 }), InputError);
        await ensureRejects("after none", () => jobs.list({ after: "job-none" }), InputError);
      },
    ),
    on("jobs are listed by task and state", async ({ store }) => {
      const ids: string[] = [];
      for (const [i, task] of ["encode", "grade", "encode"].entries()) {
        ids.push((await store.queue.add(work(`${i}`, task))).id);
      }
      await store.queue.claim("me");
      const list = async (query: Parameters<typeof store.jobs.list>[0]) =>
        (await store.jobs.list(query)).items.map(({ id }) => ids.indexOf(id));
      ensureSame("all", await list({}), [2, 1, 0]);
      ensureSame("by task", await list({ task: "encode", order: "oldest" }), [0, 2]);
      ensureSame("by state", await list({ task: "encode", state: "queued" }), [2]);
    }),
  ];
}
