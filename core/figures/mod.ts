/**
 * Figures to publish: pictures with their words, as SVG and PDF, on a server and in a browser alike.
 *
 * @module
 */

export {
  colorAt,
  type ColorScale,
  DIVERGING,
  hexOf,
  type Lab,
  type Rgb,
  SEQUENTIAL,
} from "./color.ts";
