/** The pixels of pictures: loaded once, then at hand while somebody looks. */

/// <reference lib="dom" />

import { useEffect, useState } from "preact/hooks";

/** How many pictures are kept; a path has about twenty. */
const KEPT = 120;

const loaded = new Map<string, ImageData>();
const loading = new Map<string, Promise<ImageData | undefined>>();

/** The pixels of a picture as they are stored; nothing where it cannot be had. */
export function load(url: string): Promise<ImageData | undefined> {
  const known = loaded.get(url);
  if (known) return Promise.resolve(known);
  const already = loading.get(url);
  if (already) return already;
  const work = decode(url).then((raster) => {
    loaded.set(url, raster);
    if (loaded.size > KEPT) loaded.delete(loaded.keys().next().value!);
    return raster;
  }, () => undefined).finally(() => loading.delete(url));
  loading.set(url, work);
  return work;
}

async function decode(url: string): Promise<ImageData> {
  const response = await fetch(url);
  if (!response.ok) throw new TypeError(`The server answered ${response.status}`);
  // The numbers of the file, whatever screen there is.
  const options = { colorSpaceConversion: "none", premultiplyAlpha: "none" } as const;
  const bitmap = await createImageBitmap(await response.blob(), options);
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

/** Pictures by their addresses, as far as they are there. */
export function useRasters(urls: readonly (string | undefined)[]): (ImageData | undefined)[] {
  const [, setTurn] = useState(0);
  const missing = urls.filter((url) => url !== undefined && !loaded.has(url)) as string[];
  useEffect(() => {
    let over = false;
    if (missing.length) {
      Promise.all(missing.map(load)).then(() => over || setTurn((turn) => turn + 1));
    }
    return () => {
      over = true;
    };
  }, [missing.join()]);
  return urls.map((url) => url === undefined ? undefined : loaded.get(url));
}

/** The intensity of a pixel, the mean over the channels, from −1 to 1. */
export function intensityAt({ data, width }: ImageData, x: number, y: number): number {
  const at = 4 * (y * width + x);
  return (data[at] + data[at + 1] + data[at + 2]) / 382.5 - 1;
}
