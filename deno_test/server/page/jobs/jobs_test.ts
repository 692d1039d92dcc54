/** What ran and what is installed, in a browser; and how moments and spans are said. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { summaryOf } from "../../../../server/page/jobs/summary.ts";
import { ago, dayStart, runTime, span } from "../../../../server/page/jobs/times.ts";
import { serve } from "../../../../server/main.ts";
import { TOYS } from "../../toy_server.ts";
import { until } from "../../../until.ts";
import { ask, browserTest, gone, withPage } from "../browser.ts";

const START = `mutation($task: String!, $options: JSON) {
  startJob(input: { task: $task, options: $options }) { job { id } }
}`;

Deno.test("moments and spans are said in words", () => {
  const now = Date.parse("2026-01-31T12:00:00Z");
  const said = ["11:59:57", "11:59:15", "11:57:00", "09:10:00"].map((time) =>
    ago(`2026-01-31T${time}Z`, now)
  );
  assertEquals(said, ["just now", "45 s ago", "3 min. ago", "2 hr. ago"]);
  assertEquals([0.44, 75, 3900].map(span), ["0.4 s", "1 min 15 s", "1 h 05 min"]);
  const startedAt = "2026-01-31T11:59:00Z";
  assertEquals(runTime({ startedAt, finishedAt: null }, now), "1 min 00 s");
  assertEquals(runTime({ startedAt: null, finishedAt: null }, now), undefined);
  assertEquals(dayStart(""), null);
  assertEquals(dayStart("2026-01-31", 1), new Date(2026, 1, 1).toISOString());
});

Deno.test("a job is summed up by the texts and choices of its options", () => {
  const probe = "probe-0123456789abcdef";
  const options = {
    probe,
    dataset: "bars",
    split: "val",
    index: 4,
    editor: { pattern: {} },
    x: [1],
  };
  assertEquals(summaryOf({ options, seed: 3 }), "bars · val · no. 4 · pattern · seed 3");
});

browserTest(
  "what ran can be looked at with its files, filtered, cancelled and run again",
  () =>
    withPage(async (page, server) => {
      await ask(server.url, START, { task: "countUp", options: { steps: 2000, delay: 50 } });
      await ask(server.url, START, { task: "fail", options: { how: "input" } });
      const rows = page.locator(".joblist .row");
      await rows.nth(2).waitFor();
      await page.getByLabel("State").selectOption("DONE");
      await until(async () => await rows.count() === 1);
      assertStringIncludes(await rows.innerText(), "makeModel");
      await rows.press("Enter");
      const file = page.locator(".files a").first();
      assertEquals(await file.getAttribute("download"), "model.safetensors");
      const answer = await page.request.get(await file.evaluate((link) => String(link)));
      assertEquals([answer.status(), (await answer.body()).length], [200, 1]);
      assertStringIncludes(await page.locator(".thing").first().innerText(), "toy-paths 1.0.0");

      await page.getByLabel("State").selectOption("");
      const today = await page.evaluate("new Date().toLocaleDateString('sv')") as string;
      await page.getByLabel("From").fill("2199-12-31");
      await page.getByText("No job is like that.").waitFor();
      await page.getByLabel("From").fill(today);
      await page.getByLabel("To").fill(today);
      await until(async () => await rows.count() === 3);
      await page.getByLabel("Task", { exact: true }).selectOption("countUp");
      await page.locator(".row", { hasText: "countUp" }).click();
      // The progress comes by itself.
      await page.getByText(/^\d+ of 2,000/).waitFor();
      await page.getByRole("button", { name: "Cancel" }).click();
      await page.locator('.detail-job .state[data-state="cancelled"]').waitFor();

      // The one that waited behind it has failed by now, for a reason.
      await page.getByLabel("Task", { exact: true }).selectOption("fail");
      await page.locator(".row", { hasText: "fail" }).click();
      await page.getByText("Cannot use c: too small").waitFor();
      const before = page.url();
      await page.getByRole("button", { name: "Run again" }).click();
      await until(() => Promise.resolve(page.url() !== before));
      await page.getByText("Cannot use c: too small").waitFor();
      const { jobs } = await ask(server.url, '{ jobs(task: "fail") { nodes { options } } }');
      assertEquals(jobs.nodes.map(({ options }: { options: object }) => options), [
        { how: "input" },
        { how: "input" },
      ]);
    }, { address: "view=jobs" }),
);

browserTest(
  "older jobs stay where they are while new ones come in above",
  () =>
    withPage(async (page, server) => {
      const run = (seed: number) =>
        ask(
          server.url,
          `mutation($seed: Seed) { startJob(input: { task: "countUp", options: { steps: 1 }, seed: $seed }) { __typename } }`,
          { seed },
        );
      for (let seed = 1; seed <= 33; seed++) await run(seed);
      const rows = page.locator(".joblist .row");
      await until(async () => await rows.count() === 30);
      await page.getByRole("button", { name: "Older jobs" }).click();
      await until(async () => await rows.count() === 33);
      await gone(page.getByRole("button", { name: "Older jobs" }));
      for (const seed of [34, 35]) await run(seed);
      await page.getByText("seed 35", { exact: true }).waitFor();
      const seeds = (await rows.allInnerTexts()).map((text) =>
        Number(text.match(/seed (\d+)/)![1])
      );
      assertEquals(seeds, Array.from({ length: 35 }, (_, i) => 35 - i));
      await gone(rows.locator("[data-state=queued]"));
    }, { address: "view=jobs", model: false }),
);

browserTest(
  "what is installed is shown by family, with options and their defaults",
  () =>
    withPage(async (page) => {
      await page.getByRole("link", { name: "Plugins", exact: true }).press("Enter");
      await page.getByRole("heading", { name: /^tasks/ }).waitFor();
      await page.locator(".member", { hasText: "countUp" }).locator("summary").press("Enter");
      const table = await page.locator(".member", { hasText: "countUp" }).locator("tbody")
        .innerText();
      assertStringIncludes(table.replaceAll(/\s+/g, " "), "steps 5 How far to count. 1 to 10,000.");
      await page.locator(".member", { hasText: "countUp" }).getByRole("link").click();
      await page.getByRole("heading", { name: "countUp" }).waitFor();
      assertStringIncludes(page.url(), "task=countUp");
    }, { address: "view=jobs", model: false }),
);

browserTest(
  "what is chosen is in sight in a list that is longer than its place",
  () =>
    withPage(async (page) => {
      const row = page.locator('.row[aria-current="true"]', { hasText: "counterfactualPath" });
      await row.waitFor();
      const inside = () =>
        row.evaluate((link) => {
          // deno-lint-ignore no-explicit-any -- an element of the browser
          const place = (element: any) => element.getBoundingClientRect();
          // deno-lint-ignore no-explicit-any -- an element of the browser
          return place(link).bottom <= place((link as any).closest(".joblist")).bottom + 1;
        });
      await until(inside);
    }, {
      address: "view=jobs&show=start&task=counterfactualPath",
      model: false,
      view: { viewport: { width: 1280, height: 320 } },
    }),
);

browserTest(
  "the progress of a job goes on by itself after a restart of the server",
  () =>
    withPage(async (page, server, home) => {
      const { startJob: { job: { id } } } = await ask(server.url, START, {
        task: "countUp",
        options: { steps: 1000, delay: 60 },
      });
      await page.goto(`${server.url}#view=jobs&job=${id}`);
      const told = page.getByText(/^\d+ of 1,000/);
      const step = async () => parseInt(await told.innerText());
      await told.waitFor();
      const port = Number(new URL(server.url).port);
      await server[Symbol.asyncDispose]();
      await page.getByText("The server cannot be reached").waitFor();
      const before = await step();
      await using _second = await serve({
        port,
        host: "127.0.0.1",
        home,
        plugins: TOYS,
        deadline: 200,
      });
      await until(async () => await step() > before + 5);
      await gone(page.getByText("The server cannot be reached"));
      await page.getByRole("button", { name: "Cancel" }).click();
      await page.locator('.detail-job .state[data-state="cancelled"]').waitFor();
    }, { address: "view=jobs", model: false }),
);

browserTest(
  "on a phone a list gives way to what is chosen, and nothing is wider than the screen",
  () =>
    withPage(async (page) => {
      const width = () => page.evaluate("document.documentElement.scrollWidth");
      await page.locator(".row").waitFor();
      assertEquals(await width(), 360);
      await page.locator(".row").click();
      await page.getByRole("heading", { name: "makeModel" }).waitFor();
      assertEquals([await width(), await page.locator(".joblist").isVisible()], [360, false]);
      await page.getByRole("link", { name: "All jobs" }).click();
      await page.locator(".row").waitFor();
      for (const part of ["show=plugins", "show=start&task=countUp"]) {
        await page.goto(`${page.url().split("#")[0]}#view=jobs&${part}`);
        await page.locator("h2", { hasText: part.includes("task") ? "countUp" : "tasks" })
          .waitFor();
        await page.locator("details:not([open]) > summary").evaluateAll((all) =>
          all.forEach((summary) => (summary as unknown as { click(): void }).click())
        );
        assertEquals(await width(), 360);
      }
    }, {
      address: "view=jobs",
      plugins: [...TOYS, new URL("../toy_views.ts", import.meta.url).href],
      view: { viewport: { width: 360, height: 740 } },
    }),
);
