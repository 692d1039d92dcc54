/** A figure as SVG, with its pictures inside: nothing is loaded from elsewhere. */

import { hexOf } from "./color.ts";
import type { Figure, FigureLook } from "./figure.ts";
import { layoutOf, type Mark } from "./layout.ts";

/**
 * Draws a figure as SVG. What would be markup is told as text.
 *
 * @example
 * ```ts
 * import { figureSvg } from "@countergrade/countergrade/figures";
 * import { assert } from "@std/assert";
 *
 * const picture = { href: "data:image/png;base64,", width: 2, height: 2 };
 * const svg = figureSvg({ title: "A knee", rows: [{ cells: [{ picture, lines: [{ text: "KL < 2" }] }] }] });
 * assert(svg.includes("KL &lt; 2"));
 * ```
 */
export function figureSvg(figure: Figure, look: FigureLook = {}): string {
  const { width, height, marks } = layoutOf(figure, look);
  const w = rounded(width);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${height}" viewBox="0 0 ${w} ${height}" font-family="Helvetica, Arial, sans-serif">`,
    `<title>${escaped(figure.title)}</title>`,
    `<rect width="${w}" height="${height}" fill="#fff"/>`,
    ...marks.map((mark) => markup(mark, look.smooth ?? false)),
    "</svg>\n",
  ].join("\n");
}

function markup(mark: Mark, smooth: boolean): string {
  const [x, y] = [rounded(mark.x), rounded(mark.y)];
  if (mark.kind === "text") {
    const weight = mark.bold ? ' font-weight="bold"' : "";
    return `<text x="${x}" y="${y}" font-size="${mark.size}"${weight} fill="${hexOf(mark.color)}">${
      escaped(mark.text)
    }</text>`;
  }
  const size = `x="${x}" y="${y}" width="${rounded(mark.width)}" height="${rounded(mark.height)}"`;
  if (mark.kind === "box") return `<rect ${size} fill="${hexOf(mark.color)}"/>`;
  const looks = smooth ? "" : ' style="image-rendering:pixelated"';
  // A picture that is white at its edge ends somewhere too.
  const edge = `<rect ${size} fill="none" stroke="#c8ced4" stroke-width="0.5"/>`;
  return `<image ${size}${looks} href="${mark.picture.href}"/>${edge}`;
}

function rounded(value: number): string {
  return String(Number(value.toFixed(2)));
}

const ESCAPES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Text as it stands in an SVG. */
function escaped(content: string): string {
  return content.replace(/[&<>"]/g, (c) => ESCAPES[c]);
}
