/** The picture at the place on the path beside what it came from: at the same size and place, in the same window. */

/// <reference lib="dom" />

import { useMemo } from "preact/hooks";
import { models } from "../choose/model_state.ts";
import { targetText } from "../path/frame_target.ts";
import { useSlot } from "../path/context.ts";
import { Preview } from "../preview.tsx";
import { useSize } from "../../shared/size.ts";
import { ColorBar } from "./color_bar.tsx";
import {
  flicker,
  intensities,
  mode,
  overlay,
  range,
  reference,
  REFERENCES,
  wiped,
} from "./look.ts";
import { Crosshair, useShown } from "./crosshair.tsx";
import { difference, windowed } from "./paint.ts";
import { type Layer, Pane } from "./pane.tsx";
import { PixelValue } from "./pixel_value.tsx";
import { sizeOf } from "./planes.ts";
import { useRasters } from "./raster.ts";
import { Tools } from "./tools.tsx";

/** From this width on there is room for three panes, px. */
const ROOM = 880;

/** The viewer of a path. */
export function Viewer() {
  const slot = useSlot();
  const { element, width } = useSize<HTMLDivElement>();
  const { path } = slot.path.value;
  const stop = slot.stop.value;
  const { value: subject } = slot.subject;
  const isOriginal = reference.value === "original" && !subject?.isRebuilt;
  const before = REFERENCES[isOriginal ? "original" : "reconstruction"];
  const name = isOriginal ? "Original" : "Reconstruction";
  const volume = (isOriginal ? path?.originalVolume : path?.reconstructionVolume) ??
    subject?.volume;
  const base = volume?.sheet.url ??
    (isOriginal ? path?.original : path?.reconstruction)?.url ?? subject?.url;
  // All pictures of the path are loaded ahead, so that nothing has to be waited for on the way.
  const urls = slot.stops.value.map(({ frame }) => (frame.volume?.sheet ?? frame.image)?.url);
  const [start, ...all] = useRasters([base, ...urls]);
  const original = useShown(start, volume);
  const frame = useShown(stop && all[slot.stops.value.indexOf(stop)], stop?.frame.volume);
  const size = start && volume ? sizeOf(start, volume) : undefined;
  const title = `The image at ${targetText(slot.target.value)}`;
  const pictures = usePictures(frame, original);
  const { value: current } = mode;
  const panes = {
    reference: subject && (
      <Titled title={name}>
        {pictures.reference
          ? (
            <Pane
              label={`Here is ${before}`}
              layers={pictures.reference}
              volume={size}
            />
          )
          : <span class="picture" />}
      </Titled>
    ),
    frame: (
      <Titled title={flicker.value ? name : targetText(slot.target.value)}>
        {pictures.frame ? <Pane label={title} layers={pictures.frame} volume={size} /> : <Coming />}
      </Titled>
    ),
    wipe: (
      <Titled title={`${name}, then ${targetText(slot.target.value)}`}>
        {pictures.wipe
          ? (
            <Pane
              label={`${title}, wiped over ${before}`}
              layers={pictures.wipe}
              volume={size}
            />
          )
          : <Coming />}
        <input
          type="range"
          class="wipe"
          aria-label="Where the frame begins"
          min={0}
          max={1}
          step={0.01}
          value={wiped.value}
          onInput={({ currentTarget }) => wiped.value = currentTarget.valueAsNumber}
        />
      </Titled>
    ),
    difference: (
      <Titled title="Difference" aside={<ColorBar />}>
        {pictures.difference
          ? (
            <Pane
              label="What the frame adds: red brighter, blue darker"
              layers={pictures.difference}
              volume={size}
            />
          )
          : <Coming />}
      </Titled>
    ),
  };
  const shown = {
    side: width >= ROOM
      ? [panes.reference, panes.frame, panes.difference]
      : [panes.reference, panes.frame],
    wipe: [panes.wipe],
    frame: [panes.frame],
    difference: [panes.difference],
  }[current];
  return (
    <div
      class="viewer"
      ref={element}
      onKeyDown={(event) => {
        if (event.key === "f" && !event.repeat) flicker.value = true;
      }}
      onKeyUp={(event) => {
        if (event.key === "f") flicker.value = false;
      }}
    >
      <Tools />
      <div class="panes" data-count={shown.filter(Boolean).length}>{shown}</div>
      <PixelValue
        frame={frame}
        original={original}
        width={width / Math.max(1, shown.length)}
        volume={size}
      />
      {volume && size && <Crosshair volume={path?.originalVolume ?? volume} size={size} />}
    </div>
  );
}

function Titled({ title, aside, children }: {
  title: string;
  aside?: preact.ComponentChildren;
  children: preact.ComponentChildren;
}) {
  return (
    <figure>
      <figcaption>{title}{aside}</figcaption>
      {children}
    </figure>
  );
}

/** Where there will be a frame: how far it has come, or an invitation. */
function Coming() {
  const slot = useSlot();
  return (
    <span class="picture">
      {slot.subject.value || !models.value
        ? <Preview index={slot.frameIndex.value} />
        : <span class="invite">Drop an image of your own here</span>}
    </span>
  );
}

/** The layers of every kind of pane, made anew when something changes. */
function usePictures(frame: ImageData | undefined, original: ImageData | undefined) {
  const { value: window } = intensities;
  const { value: full } = range;
  const seen = useMemo(() => frame && windowed(frame, window), [frame, window]);
  const before = useMemo(() => original && windowed(original, window), [original, window]);
  const change = useMemo(
    () => frame && original && difference(frame, original, full),
    [frame, original, full],
  );
  const veiled = overlay.value > 0;
  const veil = useMemo(
    () => veiled && frame && original ? difference(frame, original, full, true) : undefined,
    [frame, original, full, veiled],
  );
  const layer = (image: ImageData | undefined, more: Partial<Layer> = {}) =>
    image ? [{ image, ...more }] : [];
  const over = layer(veil, { opacity: overlay.value });
  const orNothing = (layers: Layer[]) => layers.length ? layers : undefined;
  return {
    reference: orNothing(layer(before)),
    frame: orNothing(
      seen ? flicker.value && before ? layer(before) : [...layer(seen), ...over] : [],
    ),
    wipe: orNothing(seen ? [...layer(before), ...layer(seen, { from: wiped.value })] : []),
    difference: orNothing(layer(change)),
  };
}
