/** A white RGB picture to put images and text on. */

import { type Images, row } from "@countergrade/countergrade";
import { encode } from "@countergrade/countergrade/formats";
import { GLYPH, textPixels, textWidth } from "./font.ts";

/** Red, green, blue, 0 to 255. */
export type Color = readonly [number, number, number];

/** Pixels count from the upper left corner. What lies outside is cut off. */
export class Canvas {
  readonly width: number;
  readonly height: number;
  readonly #pixels: Uint8Array;

  /** A white picture. */
  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.#pixels = new Uint8Array(width * height * 3).fill(255);
  }

  /** Sets a pixel. */
  set(x: number, y: number, color: Color): void {
    if (x < 0 || y < 0 || x >= this.width || y >= this.height) return;
    this.#pixels.set(color, (y * this.width + x) * 3);
  }

  /** Image `index` of `[n, 1 or 3, h, w]` in [-1, 1], every pixel as a square of `zoom` × `zoom`. */
  image(images: Images, index: number, x: number, y: number, zoom: number): void {
    const [, channels, height, width] = images.shape;
    const { data } = row(images, index);
    const level = (channel: number, p: number) => {
      const value = data[Math.min(channel, channels - 1) * height * width + p];
      return Math.min(255, Math.max(0, Math.round((value + 1) * 127.5)));
    };
    for (let p = 0; p < height * width; p++) {
      const color: Color = [level(0, p), level(1, p), level(2, p)];
      const [left, top] = [x + (p % width) * zoom, y + Math.floor(p / width) * zoom];
      for (let i = 0; i < zoom * zoom; i++) {
        this.set(left + i % zoom, top + Math.floor(i / zoom), color);
      }
    }
  }

  /** A line of text, its upper left corner at `x`, `y`; with `center`, in the middle of so many pixels from `x` on. */
  text(text: string, x: number, y: number, color: Color = [0, 0, 0], center?: number): void {
    const from = center === undefined ? x : x + Math.floor((center - textWidth(text)) / 2);
    for (const [dx, dy] of textPixels(text)) this.set(from + dx, y + dy, color);
  }

  /** The picture as a PNG file. */
  png(): Uint8Array<ArrayBuffer> {
    return encode(this.#pixels, this.width, this.height, { color: "rgb" });
  }
}

/** From one line of text to the next, px. */
export const LINE = GLYPH.height + 4;
