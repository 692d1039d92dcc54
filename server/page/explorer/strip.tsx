/** All frames side by side, sharpening while they are sampled, and the slider that moves along them. */

/// <reference lib="dom" />

import { useEffect, useRef } from "preact/hooks";
import { Choices } from "./choose/choices.tsx";
import type { Frame } from "./operations.ts";
import { useSlot } from "./path/context.ts";
import { type FrameTarget, gradeText } from "./path/frame_target.ts";
import { changeMethod, goToFrame, main } from "./path/main.ts";
import type { PathSlot } from "./path/slot.ts";
import { Preview } from "./preview.tsx";
import { severity } from "../shared/severity.ts";
import { Slider } from "./slider.tsx";

/** The strip. Slider and frames stand below each other, place by place. */
export function Strip() {
  const slot = useSlot();
  const { status } = slot.path.value;
  const items = slot.targets.value.map((target, index) => ({ target, index }));
  const style = { "--count": String(Math.max(1, items.length)) };
  const strip = useRef<HTMLDivElement>(null);
  useEffect(() => showChosen(strip.current!), [slot.frameIndex.value, items.length]);
  return (
    <div class="strip" aria-busy={status !== "done" && status !== "failed"} ref={strip}>
      <div class="track" style={style}>
        {items.length > 1 && <Slider />}
        <Choices
          label="Frames"
          class="frames"
          items={items}
          keyOf={({ index }) => String(index)}
          nameOf={({ target, index }) => nameOf(target, frameAt(slot, index), slot)}
          isChosen={({ index }) => index === slot.frameIndex.value}
          choose={({ index }) => goToFrame(slot, index)}
        >
          {({ target, index }) => (
            <Cell target={target} frame={frameAt(slot, index)} index={index} />
          )}
        </Choices>
      </div>
      <Unreached />
    </div>
  );
}

/** What was asked for and is no frame, and why. */
function Unreached() {
  const slot = useSlot();
  const unreached = slot.path.value.path?.unreached ?? [];
  if (unreached.length === 0) return null;
  return (
    <div class="unreached">
      <ul aria-label="Not shown">
        {unreached.map(({ reason }) => <li key={reason}>Not shown: {reason}.</li>)}
      </ul>
      {slot === main.value && !slot.method.value.extrapolate && (
        <button
          type="button"
          onClick={() => changeMethod({ extrapolate: true })}
        >
          Show beyond real patients
        </button>
      )}
    </div>
  );
}

/** Where not all frames have room, the chosen one is in the middle. */
function showChosen(strip: HTMLElement): void {
  const cell = strip.querySelector<HTMLElement>('[aria-checked="true"]');
  if (cell) strip.scrollLeft = cell.offsetLeft - (strip.clientWidth - cell.offsetWidth) / 2;
}

function frameAt(slot: PathSlot, index: number): Frame | undefined {
  return slot.path.value.frames.find((frame) => frame.index === index);
}

/** "Target 3 severe, picture 2.6, missed", as screen readers say it. */
function nameOf(
  { mark, name }: FrameTarget,
  frame: Frame | undefined,
  slot: PathSlot,
): string {
  const target = `Target ${mark}${name && ` ${name}`}`;
  if (!frame) return target;
  const end = frame.met == null ? "" : frame.met ? ", met" : ", missed";
  const back = frame.limited ? ", held back" : "";
  return `${target}${back}, picture ${gradeText(frame.imageGrade, slot.model.value?.scale)}${end}`;
}

function Cell({ target, frame, index }: { target: FrameTarget; frame?: Frame; index: number }) {
  const { mark, name, grade } = target;
  const slot = useSlot();
  const scale = slot.model.value?.scale;
  const count = scale?.names.length ?? 0;
  return (
    <span class="cell">
      <span class="target" style={grade === undefined ? {} : severity(grade, count)}>
        <b>{mark}</b> <span class="name">{name}</span>
      </span>
      <span class="picture">
        <Preview index={index} />
        {frame?.image && <img class="whole" src={frame.image.url} alt="" />}
      </span>
      <span class="figures" hidden={!slot.isGraded.value}>
        <span>
          code <b>{gradeText(frame?.latentGrade, scale)}</b>
        </span>
        <span>
          picture <b>{gradeText(frame?.imageGrade, scale)}</b>
        </span>
      </span>
      <i
        class={`sign ${
          !slot.isGraded.value || frame?.met == null ? "" : frame.met ? "met" : "missed"
        }`}
      />
    </span>
  );
}
