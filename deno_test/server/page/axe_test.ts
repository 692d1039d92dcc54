/** Every view of the page holds what axe checks of accessibility, light and dark. */

import { assertEquals } from "@std/assert";
import axe from "axe-core";
import type { Page } from "playwright-core";
import { TOYS } from "../toy_server.ts";
import { browserTest, withPage } from "./browser.ts";

const VIEWS = [...TOYS, new URL("./toy_views.ts", import.meta.url).href];

/** Where to go, and what is there when it has been reached. */
const PLACES: readonly { address: string; there: string; open?(page: Page): Promise<void> }[] = [
  { address: "view=explorer&split=val&index=1", there: '.strip[aria-busy="false"]' },
  {
    address: "view=explorer&split=val&index=2",
    there: '.strip[aria-busy="false"]',
    async open(page) {
      await page.click(".modes >> text=Difference");
      await page.click("summary:has-text('How the path is made')");
      await page.click("text=Adjust");
      await page.click("text=Figure …");
      await page.waitForSelector(".figure-preview");
      await page.click("text=Real patients like this frame");
      await page.waitForSelector(".near li");
      await page.click("text=Compare with …");
      await page.waitForSelector(".kept");
    },
  },
  { address: "view=explorer&model=gone", there: "[role=alert]" },
  { address: "view=map", there: ".plot canvas" },
  { address: "view=study", there: ".study-setup form" },
  {
    address: "view=study",
    there: ".study-setup form",
    async open(page) {
      await page.click("text=Begin");
      await page.waitForSelector(".reader img");
    },
  },
  { address: "view=training&show=new", there: ".training form" },
  { address: "view=jobs", there: ".row" },
  { address: "view=jobs&show=start&task=takeShapes", there: "form" },
  { address: "view=jobs&show=plugins", there: ".plugins" },
];

browserTest(
  "no view has a violation that axe finds, light or dark",
  () =>
    withPage(async (page) => {
      const found: string[] = [];
      for (const { address, there, open } of PLACES) {
        await page.evaluate(`location.hash = "view=none"`);
        await page.evaluate(`location.hash = ${JSON.stringify(address)}`);
        await page.waitForSelector(there);
        await open?.(page);
        await page.evaluate(axe.source);
        for (const colorScheme of ["light", "dark"] as const) {
          await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
          const { violations } = await page.evaluate("axe.run()") as axe.AxeResults;
          for (const { id, nodes } of violations) {
            found.push(`${address} ${colorScheme}: ${id} at ${nodes.map(({ html }) => html)[0]}`);
          }
        }
      }
      assertEquals(found, []);
    }, { plugins: VIEWS, view: { reducedMotion: "reduce", bypassCSP: true } }),
  { timeout: 120_000 },
);
