/** Colors between colors, evenly spaced to the eye. */

/** A color in CIELAB (D65): lightness 0–100, green to red, blue to yellow. */
export type Lab = readonly [lightness: number, a: number, b: number];

/** A color in sRGB, each part 0–255. */
export type Rgb = readonly [red: number, green: number, blue: number];

/** Lab colors of an evenly spaced scale, from the first at 0 to the last at 1. */
export type ColorScale = readonly Lab[];

/** Blue over white to red: both arms lose lightness and gain color in equal steps (Moreland 2009, Diverging Color Maps). */
export const DIVERGING: ColorScale = [[32, 18, -54], [100, 0, 0], [32, 48, 31]];

/**
 * Blue over gray to yellow, lighter with every step, as in cividis (Nuñez et al. 2018, PLOS ONE 13(7)): it reads the same
 * without red and green. No color is so light or dark that it is lost on white or black.
 */
export const SEQUENTIAL: ColorScale = [[36, 6, -40], [57, 2, -2], [78, 8, 60]];

const { min, max, round } = Math;

/** The color of a scale at `t`, clamped to 0–1; NaN is 0. Between two colors it goes straight through CIELAB. */
export function colorAt(scale: ColorScale, t: number): Rgb {
  const place = min(1, max(0, t || 0)) * (scale.length - 1);
  const from = min(Math.floor(place), scale.length - 2);
  const share = place - from;
  const [l, a, b] = scale[from].map((value, i) => value + share * (scale[from + 1][i] - value));
  return rgbOf([l, a, b]);
}

/** As `#1f77b4`. */
export function hexOf(color: Rgb): string {
  return `#${color.map((part) => round(part).toString(16).padStart(2, "0")).join("")}`;
}

/** The inverse of CIE 1976 L*a*b* for the white of D65, then linear light to sRGB (IEC 61966-2-1), clipped. */
function rgbOf([lightness, a, b]: Lab): Rgb {
  const fy = (lightness + 16) / 116;
  const cubed = (f: number) => f > 6 / 29 ? f ** 3 : 3 * (6 / 29) ** 2 * (f - 4 / 29);
  const x = 0.95047 * cubed(fy + a / 500);
  const y = cubed(fy);
  const z = 1.08883 * cubed(fy - b / 200);
  const gamma = (v: number) => v <= 0.0031308 ? 12.92 * v : 1.055 * v ** (1 / 2.4) - 0.055;
  const part = (v: number) => round(255 * min(1, max(0, gamma(max(0, v)))));
  return [
    part(3.2404542 * x - 1.5371385 * y - 0.4985314 * z),
    part(-0.969266 * x + 1.8760108 * y + 0.041556 * z),
    part(0.0556434 * x - 0.2040259 * y + 1.0572252 * z),
  ];
}
