/** What is seen without scrolling, and that nothing lies beside the window. */

import { assert, assertEquals } from "@std/assert";
import { browserTest, withPage } from "../browser.ts";

browserTest(
  "a phone's first screen has the picture, a desk's the strip too; nothing lies beside any",
  () =>
    withPage(async (page) => {
      for (
        const [width, height, seen] of [
          [390, 844, ".stage canvas"],
          [768, 1024, ".trust"],
          [1280, 800, ".strip img"],
          [1920, 1080, ".strip img"],
        ] as const
      ) {
        await page.setViewportSize({ width, height });
        // What is folded depends on the room there is when the page opens.
        await page.reload();
        await page.waitForSelector('.strip[aria-busy="false"]');
        const box = await page.locator(seen).last().boundingBox();
        const bottom = Math.round(box!.y + box!.height);
        assert(bottom <= height, `${seen} ends at ${bottom} of ${height}, ${width} wide`);
        assertEquals(await page.evaluate("document.documentElement.scrollWidth"), width);
      }
    }),
);
