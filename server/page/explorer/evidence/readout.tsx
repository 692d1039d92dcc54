/** The figures of the frame that is looked at. */

import type { ComponentChildren } from "preact";
import type { Scale } from "../../shared/operations.ts";
import { severity } from "../../shared/severity.ts";
import type { Frame, Seen, Verdict } from "../operations.ts";
import { useSlot } from "../path/context.ts";
import { gradeText, shown, signed, targetText } from "../path/frame_target.ts";
import { Word } from "../words.tsx";
import { beyondText, heldText, outsideText, verdictText } from "./words.ts";

/** What was asked for, what came of it, and at what cost. */
export function Readout() {
  const slot = useSlot();
  const frame = slot.stop.value?.frame;
  if (!slot.isGraded.value) return <Ungraded />;
  const scale = slot.model.value?.scale;
  return (
    <dl class="verdict">
      <Asked frame={frame} />
      <Figure term="Picture, graded again">
        <b>{gradeText(frame?.imageGrade, scale)}</b> <Met frame={frame} />
        {frame && <Read frame={frame} scale={scale} />}
        {scale && <Judged verdict={frame?.judge} scale={scale} />}
        {frame?.band != null && (
          <Aside>A judge mostly reads within ±{shown(frame.band)} of the target</Aside>
        )}
      </Figure>
      {!slot.subject.value?.isRebuilt && <Details frame={frame} />}
      {frame?.seen && <Pixels seen={frame.seen} />}
    </dl>
  );
}

/** What only a path of one's own tells. */
function Details({ frame }: { frame?: Frame }) {
  const slot = useSlot();
  const { path: finished } = slot.path.value;
  const scale = slot.model.value?.scale;
  return (
    <>
      <Figure term="Edited code">{gradeText(frame?.latentGrade, scale)}</Figure>
      <Figure term="Original, graded">
        {gradeText(finished?.latent?.grade, scale)}
        {scale && <Judged verdict={finished?.judge?.original} scale={scale} />}
      </Figure>
      <Figure term="Probability of the severe side">{percent(frame?.imageProbability)}</Figure>
      <Figure term="Length of the edit">{sigmas(frame?.lengthSigma)}</Figure>
      <Figure term="Farther out than">
        {frame?.percentile == null ? "–" : `${floored(frame.percentile)} % of training images`}
      </Figure>
    </>
  );
}

/** What is left to say of an image of another kind. */
function Ungraded() {
  const slot = useSlot();
  return (
    <dl class="verdict">
      <Figure term="Target" class="target">{targetText(slot.target.value)}</Figure>
      <Figure term="Picture, graded again">no grade</Figure>
    </dl>
  );
}

/** The target, whether it was held back, and how many real patients go farther. */
function Asked({ frame }: { frame?: Frame }) {
  const slot = useSlot();
  const target = slot.target.value;
  const scale = slot.model.value?.scale;
  const count = scale?.names.length ?? 0;
  const color = target?.grade === undefined ? {} : severity(target.grade, count);
  return (
    <Figure term="Target" class="target">
      <b style={color}>{target?.mark ?? "–"}</b> {target?.name}
      {frame?.limited && (
        <>
          {" "}
          <span class="limited" title="At the end of what real patients have">held back</span>
        </>
      )}
      {frame?.beyond != null && scale && <Aside>{beyondText(frame.beyond, scale)}</Aside>}
    </Figure>
  );
}

/** What the probe reads by itself, where that is something else than the grade on the targets' scale. */
function Read(
  { frame: { imageRead, imageGrade }, scale }: { frame: Frame; scale?: Scale },
) {
  const [read, grade] = [imageRead, imageGrade].map((value) => gradeText(value, scale));
  if (imageRead == null || read === grade) return null;
  return <Aside>The probe alone reads {read}</Aside>;
}

function Judged({ verdict, scale }: { verdict?: Verdict | null; scale: Scale }) {
  const text = verdictText(verdict, scale);
  return text ? <Aside>The judge sees {text}</Aside> : null;
}

/** What the pixels say beside any grade. */
function Pixels({ seen: { held, arrived, outsideChange } }: { seen: Seen }) {
  return (
    <>
      {arrived != null && <Figure term="Arrived of the real difference">{percent(arrived)}</Figure>}
      {outsideChange != null && (
        <Figure term="Change outside of the region">{outsideText(outsideChange)}</Figure>
      )}
      {held.length > 0 && <Figure term="Held, and moved by">{heldText(held)}</Figure>}
    </>
  );
}

function Aside({ children }: { children: ComponentChildren }) {
  return <small class="aside">{children}</small>;
}

interface FigureProps {
  term: string;
  class?: string;
  children: ComponentChildren;
}

function Figure({ term, class: name, children }: FigureProps) {
  return (
    <div class={name}>
      <dt>
        <Word>{term}</Word>
      </dt>
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
  return share == null ? "–" : `${Math.round(share * 100)} %`.replace("-", "−");
}

function sigmas(value: number | null | undefined): string {
  return value == null ? "–" : `${value.toFixed(1)} σ`;
}

/** Whole percents; 99.7 is not all. */
function floored(percentile: number): number {
  return percentile < 100 ? Math.min(99, Math.round(percentile)) : 100;
}
