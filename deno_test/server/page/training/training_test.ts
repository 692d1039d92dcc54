/** Trainings: what their curves are made of, and one that is watched, cancelled and resumed in a browser. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { JobEvent } from "../../../../server/page/jobs/operations.ts";
import {
  extended,
  firstAt,
  nearest,
  smoothed,
  thinned,
} from "../../../../server/page/training/curve.ts";
import { panelsOf } from "../../../../server/page/training/panels.ts";
import { afterEvents, continued, UNKNOWN } from "../../../../server/page/training/state.ts";
import { TOYS } from "../../toy_server.ts";
import { until } from "../../../until.ts";
import { ask, browserTest, withPage } from "../browser.ts";

const VIEWS = [...TOYS, new URL("../toy_views.ts", import.meta.url).href];

const progress = (step: number, metrics: Record<string, number> | null = { loss: 1 / step }) => ({
  __typename: "Progress",
  step,
  total: 9,
  message: null,
  metrics,
  imagesPerSecond: 4,
  secondsLeft: 9 - step,
} as JobEvent);

const sample = (step: number) => ({
  __typename: "TrainingSample",
  step,
  label: "x",
  sample: { url: `/${step}.png` },
} as JobEvent);

const steps = (curve: readonly { step: number }[]) => curve.map(({ step }) => step);

Deno.test("a run that was interrupted repeats steps; its curve has each step once", () => {
  const events = [progress(40, null), progress(1), progress(2), sample(2), progress(3), sample(3)];
  const first = afterEvents(UNKNOWN, events);
  const again = afterEvents(first, [progress(2), sample(2), progress(3, { loss: 5 }), progress(4)]);
  assertEquals(steps(again.curves.loss), [1, 2, 3, 4]);
  assertEquals(again.curves.loss[2].value, 5);
  // Both runs at once, as when the page is opened later.
  const late = afterEvents(UNKNOWN, [1, 2, 3, 2, 3, 4].map((step) => progress(step)));
  assertEquals(steps(late.curves.loss), [1, 2, 3, 4]);
  assertEquals(again.samples.x, [{ step: 2, url: "/2.png" }]);
  assertEquals([again.first, again.step, again.total, again.secondsLeft], [1, 4, 9, 5]);
});

Deno.test("what a resumed run goes on from stands before it, as far as it counts", () => {
  const earlier = afterEvents(UNKNOWN, [1, 2, 3, 4].map((step) => progress(step)));
  const later = afterEvents(UNKNOWN, [progress(3, { loss: 7 }), progress(4, { loss: 8 })]);
  const whole = continued(earlier, later);
  assertEquals(whole.curves.loss.map(({ value }) => value), [1, 0.5, 7, 8]);
  const looked = afterEvents(earlier, [progress(4, { validationLoss: 1 }), sample(4)]);
  assertEquals(continued(looked, later).curves.validationLoss, []);
  assertEquals(continued(looked, later).samples.x, []);
  assertEquals(continued(earlier, UNKNOWN), earlier);
});

Deno.test("curves are found by step, smoothed, and thinned with their last point", () => {
  const curve = [1, 3, 5, 9].map((step) => ({ step, value: step }));
  assertEquals([firstAt(curve, 0), firstAt(curve, 4), firstAt(curve, 10)], [0, 2, 4]);
  assertEquals([nearest(curve, 4)?.step, nearest(curve, 8)?.step], [3, 9]);
  assertEquals(steps(extended(curve, [{ step: 4, value: 0 }])), [1, 3, 4]);
  assertEquals(smoothed(curve, 0.5).map(({ value }) => value), [1, 2, 3.5, 6.25]);
  const long = Array.from({ length: 1000 }, (_, i) => ({ step: i, value: i }));
  assertEquals([thinned(long, 10).length, thinned(long, 10).at(-1)!.step], [11, 999]);
});

Deno.test("figures that belong together share a chart; one that nobody foresaw has its own", () => {
  const curve = [{ step: 1, value: 1 }];
  const panels = panelsOf({ loss: curve, zUse300: curve, zUse600: curve, heldQwk: curve });
  assertEquals(panels.map(({ title }) => title), ["Loss", "Use of z", "Held qwk"]);
  assertEquals(panels[0].lines.map(({ name }) => name), ["Each step", "Smoothed"]);
  assertEquals(panels[1].lines.map(({ name }) => name), ["t = 300", "t = 600"]);
});

browserTest(
  "a training is started, watched, cancelled and resumed, and its curve is one",
  () =>
    withPage(async (page, server) => {
      await page.getByLabel("Steps").fill("70");
      await page.getByRole("button", { name: "Start" }).click();
      const path = page.locator(".curves").first().locator("path").first();
      const points = () => path.evaluate((line) => line.getAttribute("d")!.split("L").length);
      await path.waitFor();
      const few = await points();
      await page.getByText("Gray").waitFor();
      await until(async () => await points() > few);
      const facts = await page.locator(".facts").innerText();
      assertStringIncludes(facts, "of 70");
      await page.getByRole("button", { name: "Cancel" }).click();
      await page.locator('.detail-job .state[data-state="cancelled"]').waitFor();
      const stopped = await points();
      assert(stopped < 70, `it has ${stopped} points`);
      await page.getByRole("button", { name: "Resume" }).click();
      await page.getByText(/went on from its checkpoint, at step \d+/).waitFor();
      await page.locator('.detail-job .state[data-state="done"]').waitFor();
      await until(async () => await points() === 70);
      const { jobs } = await ask(
        server.url,
        '{ jobs(task: "trainToy") { nodes { state resultData } } }',
      );
      assertEquals(jobs.nodes.map(({ state }: { state: string }) => state), ["DONE", "CANCELLED"]);
      assert(jobs.nodes[0].resultData.from >= 10);
      // The pictures of both runs, one per slide.
      const slider = page.getByRole("slider", { name: "Step", exact: true });
      await until(async () => await slider.getAttribute("max") === "6");
      await slider.press("Home");
      await page.getByAltText("Gray, at step 10").waitFor();
      await page.getByLabel("Logarithmic").uncheck();
      const step = page.getByRole("slider", { name: "Loss at a step" });
      await step.press("Home");
      await page.locator(".told", { hasText: "at step 1" }).first().waitFor();
      assertStringIncludes(
        await step.getAttribute("aria-valuetext") ?? "",
        "Step 1: Each step 1, Smoothed 1.1",
      );
    }, { plugins: VIEWS, model: false, address: "view=training" }),
);
