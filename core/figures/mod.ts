/**
 * Figures to publish: pictures with their words, as SVG and PDF, on a server and in a browser alike.
 *
 * @module
 */

export type {
  Figure,
  FigureCell,
  FigureLine,
  FigureLook,
  FigurePicture,
  FigureRow,
} from "./figure.ts";
export { figureSvg } from "./svg.ts";
export { figurePdf } from "./pdf.ts";
export {
  colorAt,
  type ColorScale,
  DIVERGING,
  hexOf,
  type Lab,
  type Rgb,
  SEQUENTIAL,
} from "./color.ts";
