/** A blind reader study: its plan, its figures, and all of it by the keyboard in a browser. */

import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { quadraticWeightedKappa } from "@countergrade/countergrade/review";
import { agreementOf, findingsOf } from "../../../../server/page/study/agreement.ts";
import { planOf, type StudyItem, studyTable } from "../../../../server/page/study/study.ts";
import { until } from "../../../until.ts";
import { ask, browserTest, withPage } from "../browser.ts";

Deno.test("a plan has as many of each kind, each image once, and repeats with its seed", () => {
  const asked = { count: 20, images: 826, grades: 5, seed: 3 };
  const plan = planOf(asked);
  assertEquals(plan, planOf(asked));
  assert(JSON.stringify(plan) !== JSON.stringify(planOf({ ...asked, seed: 4 })));
  assertEquals(new Set(plan.map(({ index }) => index)).size, 20);
  const count = (kind: string) => plan.filter((one) => one.kind === kind).length;
  assertEquals([count("real"), count("reconstructed"), count("edited")], [7, 7, 6]);
  for (const { kind, target } of plan) assertEquals(target !== undefined, kind === "edited");
  assertEquals(planOf({ ...asked, images: 4 }).length, 4);
});

Deno.test("the weighted kappa is that of probe reports", () => {
  const [mine, other] = [[0, 1, 2, 3, 4, 4, 2], [0, 2, 2, 3, 3, 4, 0]];
  const { kappa, error } = agreementOf(mine.map((grade, i) => [grade, other[i]] as const));
  assertAlmostEquals(kappa, quadraticWeightedKappa(Int32Array.from(mine), Int32Array.from(other)));
  assertAlmostEquals(error, 4 / 7);
  assert(Number.isNaN(agreementOf([[1, 1], [1, 1]]).kappa));
});

const items: StudyItem[] = [
  { index: 5, kind: "real", url: "", grade: 1, read: 1.2, judged: 1.4 },
  { index: 6, kind: "edited", target: 3, url: "", grade: 3, read: 2.6, judged: 2.4 },
  { index: 7, kind: "reconstructed", url: "", grade: 0, read: null },
];
const readings = [
  { item: 0, grade: 1, isReal: true, ms: 2000 },
  { item: 1, grade: 3, isReal: true, ms: 4000 },
  { item: 2, grade: 1, isReal: false, ms: 3000 },
];

Deno.test("findings tell labels from grades asked for, and real from generated", () => {
  const found = findingsOf(items, readings);
  const { asked, labeled, grader, judge } = found;
  const images = [asked.reader, labeled.reader, grader.reader, judge].map(({ images }) => images);
  assertEquals(images, [1, 2, 2, 2]);
  // The judge is held against the same: it reads 2 where 3 was asked for, and has not seen the reconstruction.
  assertEquals([asked.judge.error, labeled.judge.error, labeled.judge.images], [1, 0, 1]);
  assertEquals(findingsOf(items.slice(2), [{ ...readings[2], item: 0 }]).judge.images, 0);
  assertEquals([found.realCalledReal, found.generatedCalledReal, found.seconds], [1, 0.5, 3]);
});

Deno.test("the answers are a table that no name can break", () => {
  const [head, first] = studyTable('=cmd,"x"\n', items, readings).split("\r\n");
  assertEquals(head.split(",").length, first.split(",").length);
  assertEquals(first, "cmd x,1,5,real,1,1.2,1.4,1,yes,2000");
});

browserTest(
  "three pictures are read by the keyboard alone, and the answers are taken away",
  () =>
    withPage(async (page, { url }) => {
      await page.getByLabel("How many").waitFor();
      assertEquals(await page.getByLabel("Second opinion").count(), 0);
      await ask(url, 'mutation { makeModel(input: { title: "Other eyes" }) { __typename } }');
      const named = () => ask(url, "{ probes { nodes { title } } }");
      await until(async () => (await named()).probes.nodes.length === 2);
      await page.reload();
      await page.getByLabel("Model").selectOption({ label: "Toy probe, Bars" });
      await page.getByLabel("Second opinion").selectOption({ label: "Other eyes" });
      await page.getByLabel("How many").fill("3");
      await page.getByRole("textbox").fill("R1");
      await page.keyboard.press("Enter");
      await page.waitForSelector("text=Picture 1 of 3");
      // Keys count from the moment at which the second picture stands.
      await page.evaluate(`new MutationObserver((_, observer) => {
        const reader = document.querySelector(".reader");
        if (!reader?.innerText.includes("Picture 2 of 3")) return;
        if (!reader.querySelector(".picture[aria-busy='false'] img")) return;
        observer.disconnect();
        for (const key of "2r") dispatchEvent(new KeyboardEvent("keydown", { key }));
      }).observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true })`);
      for (const place of [1, 3]) {
        await page.waitForSelector(`text=Picture ${place} of 3`);
        await page.waitForSelector('.reader .picture[aria-busy="false"] img');
        await page.keyboard.press("2");
        await page.keyboard.press("g");
      }
      await page.waitForSelector("h2:has-text('What came out')");
      assertEquals(await page.locator(".findings tbody tr").count(), 4);
      assertEquals(await page.locator(".findings thead th").last().innerText(), "κ of the judge");
      const [file] = await Promise.all([
        page.waitForEvent("download"),
        page.click("text=Take the answers as CSV"),
      ]);
      assertEquals(file.suggestedFilename(), "countergrade-study-bars-val-seed1-R1.csv");
      const rows = (await Deno.readTextFile(await file.path())).trim().split("\r\n");
      assertEquals(rows.length, 4);
      assertStringIncludes(rows[2], ",2,yes,");
    }, { address: "view=study" }),
);
