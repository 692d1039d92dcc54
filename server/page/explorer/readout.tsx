/** The figures of the frame that is looked at. */

import type { ComponentChildren } from "preact";
import { model } from "./choose/model_state.ts";
import type { Frame } from "./operations.ts";
import { frameTargets, path } from "./path_state.ts";
import { frameIndex } from "./position.ts";
import { severity } from "../shared/severity.ts";
import { shown, signed } from "./frame_target.ts";

/** What was asked for, what came of it, and at what cost. */
export function Readout() {
  const { frames, path: finished } = path.value;
  const frame = frames.find(({ index }) => index === frameIndex.value);
  const target = frameTargets.value[frameIndex.value];
  const count = model.value?.scale.names.length ?? 0;
  const color = target?.grade === undefined ? {} : severity(target.grade, count);
  return (
    <dl class="verdict">
      <Figure term="Target" class="target">
        <b style={color}>{target?.mark ?? "–"}</b> {target?.name}
      </Figure>
      <Figure term="Picture, graded again">
        <b>{shown(frame?.imageGrade)}</b> <Met frame={frame} />
      </Figure>
      <Figure term="Edited code">{shown(frame?.latentGrade)}</Figure>
      <Figure term="Original, graded">{shown(finished?.latent?.grade)}</Figure>
      <Figure term="Probability of the severe side">{percent(frame?.imageProbability)}</Figure>
      <Figure term="Length of the edit">{sigmas(frame?.lengthSigma)}</Figure>
      <Figure term="Farther out than">
        {frame?.percentile == null ? "–" : `${floored(frame.percentile)} % of training images`}
      </Figure>
    </dl>
  );
}

interface FigureProps {
  term: string;
  class?: string;
  children: ComponentChildren;
}

function Figure({ term, class: name, children }: FigureProps) {
  return (
    <div class={name}>
      <dt>{term}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Whether the picture has the grade, by how much it misses, and how often it was tried. */
function Met({ frame }: { frame?: Frame }) {
  if (frame?.met == null) return null;
  const { met, attempts, imageGrade, targetGrade } = frame;
  const tries = (attempts ?? 1) > 1 ? `, ${attempts} attempts` : "";
  const miss = imageGrade == null || targetGrade == null ? "" : signed(imageGrade - targetGrade);
  return (
    <span class={met ? "met" : "missed"}>
      {met ? "✓ met" : `✗ missed by ${miss}`}
      {tries}
    </span>
  );
}

function percent(share: number | null | undefined): string {
  return share == null ? "–" : `${Math.round(share * 100)} %`;
}

function sigmas(value: number | null | undefined): string {
  return value == null ? "–" : `${value.toFixed(1)} σ`;
}

/** Whole percents; 99.7 is not all. */
function floored(percentile: number): number {
  return percentile < 100 ? Math.min(99, Math.round(percentile)) : 100;
}
