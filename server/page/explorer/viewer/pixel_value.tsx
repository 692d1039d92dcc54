/** What lies under the pointer, and how large pictures are shown. */

import { part, pointed } from "./look.ts";
import { intensityAt } from "./raster.ts";

interface Props {
  readonly frame?: ImageData;
  readonly original?: ImageData;
  /** Of a pane, px. */
  readonly width: number;
}

/** Two lines of small print. */
export function PixelValue({ frame, original, width }: Props) {
  const image = frame ?? original;
  if (!image) return <p class="pixel note">&nbsp;</p>;
  const times = (width / image.width * part.value.zoom).toFixed(1);
  return (
    <p class="pixel note">
      <span>{image.width} × {image.height} px, shown {times}×</span>
      <span>{pointed.value && valueText(pointed.value, frame, original)}</span>
    </p>
  );
}

function valueText(
  { x, y }: { x: number; y: number },
  frame: ImageData | undefined,
  original: ImageData | undefined,
): string {
  const at = (image: ImageData | undefined) =>
    image && x < image.width && y < image.height ? intensityAt(image, x, y) : undefined;
  const [before, after] = [at(original), at(frame)];
  const text = (value: number | undefined) => value === undefined ? "–" : hundredths(value);
  const change = before === undefined || after === undefined
    ? ""
    : ` (${after > before ? "+" : ""}${hundredths(after - before)})`;
  return `pixel ${x}, ${y}: ${text(before)} → ${text(after)}${change}`;
}

function hundredths(value: number): string {
  return value.toFixed(2).replace("-", "−").replace("−0.00", "0.00");
}
