/** A picture on a canvas. All panes show the same part of their pictures, and move in step. */

/// <reference lib="dom" />

import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { useSize } from "../../shared/size.ts";
import { changeWindow, crosshair, drag, moveBy, part, pointed, smooth, zoomBy } from "./look.ts";
import { lookAt } from "./crosshair.tsx";
import { linesThrough, type Voxel, voxelAt, voxelOf } from "./planes.ts";

/** A layer of a pane. */
export interface Layer {
  readonly image: ImageData;
  /** 0 to 1; default: 1. */
  readonly opacity?: number;
  /** Only from this share of the pane's width on; default: 0. */
  readonly from?: number;
}

interface Props {
  /** What it shows, for those who cannot see it. */
  readonly label: string;
  readonly layers: readonly Layer[];
  /** Of three planes: the voxels of their volume. */
  readonly volume?: Voxel;
}

/** The pane: as wide as its place, as high as its pictures are. */
export function Pane({ label, layers, volume }: Props) {
  const { element, width } = useSize<HTMLDivElement>();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [first] = layers;
  const ratio = first ? first.image.height / first.image.width : 1;
  useLayoutEffect(() => {
    if (width > 0 && first) draw(canvas.current!, layers, width, width * ratio, volume);
  });
  useWheel(element);
  return (
    <div
      class="pane"
      ref={element}
      data-drag={drag.value}
      {...handlers(element, first?.image, volume)}
    >
      {first && <canvas ref={canvas} role="img" aria-label={label} />}
    </div>
  );
}

function draw(
  canvas: HTMLCanvasElement,
  layers: readonly Layer[],
  width: number,
  height: number,
  volume: Voxel | undefined,
): void {
  const dots = devicePixelRatio || 1;
  const [w, h] = [Math.round(width * dots), Math.round(height * dots)];
  // Setting the size clears it.
  canvas.width = w;
  canvas.height = h;
  const context = canvas.getContext("2d")!;
  context.imageSmoothingEnabled = smooth.value;
  context.imageSmoothingQuality = "high";
  const { zoom, x, y } = part.value;
  const [left, top] = [w * (0.5 - x * zoom), h * (0.5 - y * zoom)];
  for (const { image, opacity = 1, from = 0 } of layers) {
    context.save();
    context.beginPath();
    context.rect(Math.round(from * w), 0, w, h);
    context.clip();
    context.globalAlpha = opacity;
    context.drawImage(bitmapOf(image), left, top, w * zoom, h * zoom);
    context.restore();
    if (from > 0) {
      context.fillStyle = "#fff";
      context.fillRect(Math.round(from * w) - dots, 0, 2 * dots, h);
    }
  }
  const { image } = layers[0];
  if (volume) {
    const [across, down] = [w * zoom / image.width, h * zoom / image.height];
    context.strokeStyle = "#f5c518";
    context.globalAlpha = 0.55;
    context.lineWidth = dots;
    for (const [x0, y0, x1, y1] of linesThrough(voxelOf(crosshair.value, volume), volume)) {
      context.beginPath();
      context.moveTo(left + x0 * across, top + y0 * down);
      context.lineTo(left + x1 * across, top + y1 * down);
      context.stroke();
    }
    context.globalAlpha = 1;
  }
  const { value: pixel } = pointed;
  if (pixel) markPixel(context, pixel, image, { left, top, w: w * zoom, h: h * zoom });
}

/** A frame around the pixel under the pointer, in every pane. */
function markPixel(
  context: CanvasRenderingContext2D,
  { x, y }: { x: number; y: number },
  image: ImageData,
  { left, top, w, h }: { left: number; top: number; w: number; h: number },
): void {
  const [side, height] = [w / image.width, h / image.height];
  for (const [color, by] of [["#000", 1.5], ["#fff", 0.5]] as const) {
    context.strokeStyle = color;
    context.lineWidth = 1;
    context.strokeRect(
      left + x * side - by,
      top + y * height - by,
      side + 2 * by,
      height + 2 * by,
    );
  }
}

/** Pictures as canvases, which a canvas can draw at any size. */
const bitmaps = new WeakMap<ImageData, OffscreenCanvas>();

function bitmapOf(image: ImageData): OffscreenCanvas {
  const known = bitmaps.get(image);
  if (known) return known;
  const canvas = new OffscreenCanvas(image.width, image.height);
  canvas.getContext("2d")!.putImageData(image, 0, 0);
  bitmaps.set(image, canvas);
  return canvas;
}

/** The wheel makes the picture larger; where all of it is seen it scrolls the page, as everywhere. */
function useWheel(element: { readonly current: HTMLElement | null }): void {
  useEffect(() => {
    const turn = (event: WheelEvent) => {
      if (part.value.zoom === 1 && event.deltaY > 0) return;
      event.preventDefault();
      const { left, top, width, height } = element.current!.getBoundingClientRect();
      const { zoom, x, y } = part.value;
      zoomBy(Math.exp(-event.deltaY / 300), {
        x: x + ((event.clientX - left) / width - 0.5) / zoom,
        y: y + ((event.clientY - top) / height - 0.5) / zoom,
      });
    };
    element.current!.addEventListener("wheel", turn, { passive: false });
    return () => element.current?.removeEventListener("wheel", turn);
  }, []);
}

/** Where the pointer went down: a click that has not moved chooses a voxel. */
let pressed = { x: 0, y: 0 };

function handlers(
  element: { readonly current: HTMLElement | null },
  image: ImageData | undefined,
  volume: Voxel | undefined,
) {
  const pixelAt = ({ clientX, clientY }: MouseEvent) => {
    const { left, top, width, height } = element.current!.getBoundingClientRect();
    const { zoom, x, y } = part.value;
    const across = x + ((clientX - left) / width - 0.5) / zoom;
    const down = y + ((clientY - top) / height - 0.5) / zoom;
    return { x: Math.floor(across * image!.width), y: Math.floor(down * image!.height) };
  };
  return {
    onClick(event: MouseEvent) {
      const moved = Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y);
      if (!volume || moved > 3) return;
      const voxel = voxelAt(pixelAt(event), volume, voxelOf(crosshair.value, volume));
      if (voxel) lookAt(voxel, volume);
    },
    onPointerDown({ pointerId, pointerType, currentTarget, clientX, clientY }: PointerEvent) {
      pressed = { x: clientX, y: clientY };
      // Fingers scroll the page.
      if (pointerType !== "touch") (currentTarget as HTMLElement).setPointerCapture(pointerId);
    },
    onPointerMove(event: PointerEvent) {
      if (!image) return;
      const { width, height } = element.current!.getBoundingClientRect();
      const [dx, dy] = [event.movementX / width, event.movementY / height];
      const { x, y } = pixelAt(event);
      const isInside = x >= 0 && y >= 0 && x < image.width && y < image.height;
      pointed.value = isInside ? { x, y } : undefined;
      if (event.buttons === 0 || event.pointerType === "touch") return;
      const moves = drag.value === "move" || event.shiftKey || event.buttons === 4;
      if (moves) moveBy(-dx, -dy);
      else changeWindow(2 * dx, 2 * dy);
    },
    onPointerLeave() {
      pointed.value = undefined;
    },
  };
}
