/** Color scales: even to the eye, and readable without red and green. */

import {
  colorAt,
  DIVERGING,
  hexOf,
  type Rgb,
  SEQUENTIAL,
} from "@countergrade/countergrade/figures";
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";

/** Linear light 0–1. */
const linear = (part: number) => {
  const v = part / 255;
  return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
};

/** CIELAB of an sRGB color, D65: the other way, written from the standard. */
function labOf(color: Rgb): number[] {
  const [r, g, b] = color.map(linear);
  const f = (v: number) => v > (6 / 29) ** 3 ? Math.cbrt(v) : v / (3 * (6 / 29) ** 2) + 4 / 29;
  const x = f((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047);
  const y = f(0.2126729 * r + 0.7151522 * g + 0.072175 * b);
  const z = f((0.0193339 * r + 0.119192 * g + 0.9503041 * b) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** How unlike two colors look (CIE 1976). */
const apart = (a: readonly number[], b: readonly number[]) =>
  Math.hypot(...a.map((value, i) => value - b[i]));

Deno.test("both scales go in even steps, and none of their colors is clipped", () => {
  for (const scale of [DIVERGING, SEQUENTIAL]) {
    const shades = Array.from({ length: 33 }, (_, i) => labOf(colorAt(scale, i / 32)));
    scale.forEach((lab, i) => {
      const at = shades[i * 32 / (scale.length - 1)];
      assert(apart(at, lab) < 1, `${at} instead of ${lab}`);
    });
    for (const half of [0, 16]) {
      const steps = Array.from(
        { length: 16 },
        (_, i) => apart(shades[half + i], shades[half + i + 1]),
      );
      assert(Math.max(...steps) < 1.5 * Math.min(...steps), `${steps}`);
    }
  }
});

Deno.test("the diverging scale is white in the middle and equally dark at both ends", () => {
  assertEquals(colorAt(DIVERGING, 0.5), [255, 255, 255]);
  const light = (t: number) => labOf(colorAt(DIVERGING, t))[0];
  for (const t of [0, 0.1, 0.3, 0.45]) assertAlmostEquals(light(t), light(1 - t), 0.5);
});

Deno.test("the sequential scale grows lighter, and stands out from white and from black", () => {
  const colors = Array.from({ length: 9 }, (_, i) => colorAt(SEQUENTIAL, i / 8));
  const light = colors.map((color) => labOf(color)[0]);
  assert(light.every((value, i) => i === 0 || value > light[i - 1] + 3), `${light}`);
  for (const color of colors) {
    const [r, g, b] = color.map(linear);
    const y = 0.2126 * r + 0.7152 * g + 0.0722 * b;
    // Contrast of WCAG 2.1; an outline helps where it is low.
    assert(1.05 / (y + 0.05) > 1.7 && (y + 0.05) / 0.05 > 2.5, `${hexOf(color)}`);
  }
});

Deno.test("beyond its ends a scale keeps its last color; NaN has the first", () => {
  assertEquals(colorAt(SEQUENTIAL, -1), colorAt(SEQUENTIAL, 0));
  assertEquals(colorAt(SEQUENTIAL, 7), colorAt(SEQUENTIAL, 1));
  assertEquals(colorAt(SEQUENTIAL, NaN), colorAt(SEQUENTIAL, 0));
  assertEquals(hexOf([0, 9.6, 255]), "#000aff");
});
