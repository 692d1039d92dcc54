/** The latent map: where points lie and which is meant; and the way from a point to the explorer, in a browser. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { groupsOf } from "../../../../server/page/map/groups.ts";
import {
  layoutOf,
  nearestTo,
  nextToward,
  WHOLE,
  zoomed,
} from "../../../../server/page/map/layout.ts";
import type { LatentMap } from "../../../../server/page/map/operations.ts";
import { TOYS } from "../../toy_server.ts";
import { until } from "../../../until.ts";
import { browserTest, gone, withPage } from "../browser.ts";

const VIEWS = [...TOYS, new URL("../toy_views.ts", import.meta.url).href];

const corners = [[0, 0], [4, 0], [0, 2], [4, 2]].map(([x, y], index) => ({
  x,
  y,
  label: index,
  index,
}));

Deno.test("a map has one scale on both axes, y upwards, and lies in the middle", () => {
  const at = layoutOf({ points: corners }, 200, 200);
  const [a, b, c] = corners.map(at);
  assertEquals([a, b].map(({ x, y }) => [Math.round(x), Math.round(y)]), [[8, 146], [192, 146]]);
  assert(Math.abs((b.x - a.x) / 4 - (a.y - c.y) / 2) < 1e-9 && c.y < a.y);
});

Deno.test("while it grows or shrinks a map stays under the pointer; small it is whole", () => {
  const around = { x: 40, y: 150 };
  const place = (view: typeof WHOLE) => layoutOf({ points: corners }, 200, 200, view);
  const before = place(WHOLE);
  const larger = zoomed(WHOLE, 3, around, 200, 200);
  const scale = before({ x: 1, y: 0 }).x - before({ x: 0, y: 0 }).x;
  const under = {
    x: (around.x - before({ x: 0, y: 0 }).x) / scale,
    y: (before({ x: 0, y: 0 }).y - around.y) / scale,
  };
  const { x, y } = place(larger)(under);
  assertEquals([x, y].map((value) => +value.toFixed(6)), [40, 150]);
  assertEquals(zoomed(larger, 0.1, around, 200, 200), WHOLE);
});

Deno.test("the nearest point is found within reach, the next one in a direction", () => {
  const places = [{ x: 0, y: 0 }, { x: 10, y: 1 }, { x: 9, y: 8 }, undefined, { x: 0, y: -5 }];
  assertEquals(nearestTo(places, { x: 8, y: 2 }, 5), 1);
  assertEquals(nearestTo(places, { x: 30, y: 30 }, 5), undefined);
  assertEquals([nextToward(places, 0, [1, 0]), nextToward(places, 0, [0, -1])], [1, 4]);
  assertEquals(nextToward([places[0], { x: 1, y: 20 }], 0, [1, 0]), undefined);
  assertEquals([nextToward(places, 0, [-1, 0]), nextToward(places, 3, [1, 0])], [
    undefined,
    undefined,
  ]);
});

Deno.test("points are colored by grade, those of a continuous scale by fifths", () => {
  const map = (type: string, names: string[], labels: number[]) =>
    ({
      scale: { type, names },
      points: labels.map((label, index) => ({ x: 0, y: 0, label, index })),
    }) as unknown as LatentMap;
  const graded = groupsOf(map("ordinal", ["mild", "severe"], [1, 0, 1]));
  assertEquals(graded.groups.map(({ name, share, count }) => [name, share, count]), [
    ["mild", 0, 1],
    ["severe", 1, 2],
  ]);
  const sites = groupsOf({ ...map("ordinal", ["mild"], [1, -1, 0]), colors: ["Rome", "Oslo"] });
  assertEquals(sites.groups.map(({ name, share, count }) => [name, share, count]), [
    ["Rome", 0, 1],
    ["Oslo", 1, 1],
    ["not known", undefined, 1],
  ]);
  assertEquals(sites.of, [1, 2, 0]);
  const ages = groupsOf(map("continuous", ["age"], [20, 29, 30, 69, 70]));
  assertEquals(ages.of, [0, 0, 1, 4, 4]);
  assertEquals(ages.groups[0].name, "20 to 30");
});

browserTest(
  "a point of the map leads to the explorer, by the keyboard and by the mouse",
  () =>
    withPage(async (page) => {
      const plot = page.locator(".plot");
      await plot.locator("canvas").waitFor();
      assertStringIncludes(
        await page.locator(".axis.x").innerText(),
        "rincipal component 1 · 60 % of the variance",
      );
      await plot.focus();
      await page.keyboard.press("ArrowRight");
      const first = await page.locator(".map-card").innerText();
      await page.keyboard.press("ArrowRight");
      await until(async () => await page.locator(".map-card").innerText() !== first);
      const second = await page.locator(".map-card").innerText();
      const picture = page.locator(".map-card img");
      await until(() =>
        picture.evaluate((image) =>
          (image as unknown as { naturalWidth: number }).naturalWidth === 16
        )
      );
      const [, index] = /val (\d+)/.exec(second)!;
      await page.keyboard.press("Enter");
      await page.locator(".strip").waitFor();
      const asked = new URLSearchParams(new URL(page.url()).hash.slice(1));
      assertEquals([asked.get("view"), asked.get("split"), asked.get("index")], [
        "explorer",
        "val",
        index,
      ]);
      await page.getByRole("heading", { name: `val-${index}` }).waitFor();

      await page.goBack();
      await plot.locator("canvas").waitFor();
      // A point of the mildest grade, on the left. Taken out of the map, it cannot be found there.
      const box = (await plot.boundingBox())!;
      const scale = 0.92 * Math.min(box.width / 3, box.height / 3.8);
      const lookAt = async (x: number, y: number) => {
        await page.mouse.move(box.x, box.y);
        await page.mouse.move(
          box.x + box.width / 2 + scale * (x - 1.5),
          box.y + box.height / 2 - scale * (y - 1.9),
        );
        // A card that comes is there two frames later.
        const later =
          "new Promise((then) => requestAnimationFrame(() => requestAnimationFrame(then)))";
        await page.evaluate(later);
      };
      await lookAt(0, 1.6);
      await page.locator(".map-card", { hasText: "healthy, val 8" }).waitFor();
      await page.getByRole("button", { name: /^healthy/ }).click();
      await page.locator('[aria-pressed="false"]', { hasText: "healthy" }).waitFor();
      await lookAt(0, 1.6);
      await gone(page.locator(".map-card"));
      await lookAt(1, 0.2);
      await page.locator(".map-card", { hasText: "mild, val 1" }).waitFor();
      await page.getByLabel("Method").selectOption("umap");
      await page.getByText("Cannot map: too few codes").waitFor();
      await page.getByLabel("Method").selectOption("pca");
      await page.getByRole("button", { name: /^healthy/ }).waitFor();
      await gone(page.getByText("Cannot map"));
      await page.getByLabel("Color").selectOption({ label: "Brightness" });
      await page.getByRole("list", { name: "brightness" }).getByText("highest").waitFor();
      await page.getByLabel("Method").selectOption({ label: "t-SNE" });
      await page.getByRole("button", { name: /^highest/ }).waitFor();
      const colored = new URLSearchParams(new URL(page.url()).hash.slice(1));
      assertEquals([colored.get("color"), colored.get("method")], ["brightness", "tsne"]);
    }, { plugins: VIEWS, address: "view=map" }),
);
