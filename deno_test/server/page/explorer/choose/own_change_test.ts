/** Images of one's own, changed before they are graded. */

import { assertEquals } from "@std/assert";
import {
  cutOut,
  mirrored,
  shownBox,
  turned,
} from "../../../../../server/page/explorer/choose/own_change.ts";

/** As a browser has it. */
class Pixels {
  readonly data: Uint8ClampedArray;
  constructor(readonly width: number, readonly height: number) {
    this.data = new Uint8ClampedArray(4 * width * height);
  }
}

Deno.test("a picture is turned, mirrored and cut pixel by pixel", () => {
  Object.assign(globalThis, { ImageData: Pixels });
  const image = new Pixels(3, 2) as unknown as ImageData;
  for (let i = 0; i < 6; i++) image.data[4 * i] = i;
  const reds = ({ data }: ImageData) => [...data].filter((_, i) => i % 4 === 0);
  assertEquals(reds(image), [0, 1, 2, 3, 4, 5]);
  assertEquals(reds(turned(image)), [3, 0, 4, 1, 5, 2]);
  assertEquals([turned(image).width, turned(image).height], [2, 3]);
  assertEquals(reds(mirrored(image)), [2, 1, 0, 5, 4, 3]);
  assertEquals(reds(cutOut(image, { left: 1, top: 0, width: 2, height: 2 })), [1, 2, 4, 5]);
});

Deno.test("the part that is shown is found in the picture, also where it has black around it", () => {
  const whole = { zoom: 1, x: 0.5, y: 0.5 };
  const wide = { width: 200, height: 100 };
  assertEquals(shownBox(whole, wide, false), { left: 0, top: 0, width: 200, height: 100 });
  assertEquals(shownBox(whole, wide, true), { left: 0, top: 0, width: 200, height: 100 });
  const quarter = { zoom: 2, x: 0.25, y: 0.5 };
  assertEquals(shownBox(quarter, wide, true), { left: 0, top: 0, width: 100, height: 100 });
  assertEquals(shownBox(quarter, wide, false), { left: 0, top: 25, width: 100, height: 50 });
});
