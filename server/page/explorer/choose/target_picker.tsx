/** Choosing where the frames shall arrive: everywhere, through the boundary, or at one grade. */

/// <reference lib="dom" />

import type { Scale } from "../../shared/operations.ts";
import { shortName } from "../path/frame_target.ts";
import { changeMethod, method, model } from "../path/main.ts";
import { FRAMES, type TargetChoice, USUAL, wholeNumber } from "./method.ts";

/** What a target is called, by the scale. */
const WORDS: Record<Scale["type"], { all: string; one: string }> = {
  BINARY: { all: "Both classes", one: "One class" },
  ORDINAL: { all: "Every grade", one: "One grade" },
  NOMINAL: { all: "Every class", one: "One class" },
  CONTINUOUS: { all: "Five values", one: "One value" },
};

/** What is chosen when a kind is. */
function firstOf(kind: TargetChoice["kind"], { type, names }: Scale): TargetChoice {
  if (kind === "all") return USUAL.target;
  if (kind === "through") return { kind, frames: FRAMES.usual };
  return { kind, grade: type === "CONTINUOUS" ? 0 : names.length - 1 };
}

/** Three kinds of targets, and the figure that the chosen kind takes. */
export function TargetPicker() {
  const scale = model.value?.scale;
  if (!scale) return null;
  const { target } = method.value;
  const kinds = {
    all: WORDS[scale.type].all,
    ...(scale.type !== "NOMINAL" && { through: "Through the boundary" }),
    one: WORDS[scale.type].one,
  };
  return (
    <fieldset class="setting">
      <legend>Target</legend>
      {Object.entries(kinds).map(([kind, name]) => (
        <div key={kind} class="kind">
          <label class="check">
            <input
              type="radio"
              name="target"
              checked={target.kind === kind}
              onChange={() =>
                changeMethod({ target: firstOf(kind as TargetChoice["kind"], scale) })}
            />
            {name}
          </label>
          {kind === target.kind && target.kind === "through" && (
            <FramesField frames={target.frames} />
          )}
          {kind === target.kind && target.kind === "one" && (
            <GradeField
              grade={target.grade}
              scale={scale}
            />
          )}
        </div>
      ))}
    </fieldset>
  );
}

function FramesField({ frames }: { frames: number }) {
  return (
    <input
      type="number"
      aria-label="Number of frames"
      min={FRAMES.least}
      max={FRAMES.most}
      value={frames}
      onChange={({ currentTarget }) => {
        const count = wholeNumber(currentTarget.value, FRAMES);
        if (count !== undefined) changeMethod({ target: { kind: "through", frames: count } });
        else currentTarget.value = String(frames);
      }}
    />
  );
}

function GradeField({ grade, scale }: { grade: number; scale: Scale }) {
  const change = (grade: number) => changeMethod({ target: { kind: "one", grade } });
  if (scale.type === "CONTINUOUS") {
    return (
      <input
        type="number"
        aria-label={scale.names[0]}
        value={grade}
        onChange={({ currentTarget }) => change(currentTarget.valueAsNumber || 0)}
      />
    );
  }
  return (
    <select
      aria-label={WORDS[scale.type].one}
      value={String(grade)}
      onChange={({ currentTarget }) => change(Number(currentTarget.value))}
    >
      {scale.names.map((name, index) => (
        <option key={name} value={String(index)}>{index} {shortName(name)}</option>
      ))}
    </select>
  );
}
