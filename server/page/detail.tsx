/** One frame large, beside what it comes from and what changed. */

import type { ComponentChildren } from "preact";
import { chosen, frameIndex, model, path } from "./explorer_state.ts";
import { shown } from "./grade_ladder.tsx";
import type { Frame } from "./operations.ts";

/** Original, reconstruction, frame, difference, and the figures of the frame. */
export function Detail() {
  const { frames, path: finished } = path.value;
  const frame = frames.find(({ index }) => index === frameIndex.value);
  const name = model.value?.scale.names[frameIndex.value];
  return (
    <section class="detail" aria-label="Comparison">
      <div class="pictures">
        <Picture title="Original" url={chosen.value?.image.url} />
        <Picture title="Reconstruction" url={finished?.reconstruction?.url} />
        <Picture title={`At grade ${frameIndex.value}`} url={frame?.image?.url} />
        <Picture
          title="Difference"
          url={frame?.difference?.url}
          note={legend(finished?.differenceRange)}
        />
      </div>
      <dl>
        <Figure term="Target">{frameIndex.value} {name}</Figure>
        <Figure term="Original, graded">{shown(finished?.latent?.grade)}</Figure>
        <Figure term="Edited code">{shown(frame?.latentGrade)}</Figure>
        <Figure term="Picture, graded again">{shown(frame?.imageGrade)}</Figure>
        <Figure term="Grade met">{met(frame)}</Figure>
        <Figure term="Probability of the severe side">{percent(frame?.imageProbability)}</Figure>
        <Figure term="Length of the edit">{withUnit(frame?.lengthSigma, "σ")}</Figure>
        <Figure term="Distance from the data">
          {frame?.percentile == null ? "–" : `beyond ${Math.round(frame.percentile)} %`}
        </Figure>
      </dl>
    </section>
  );
}

function Picture({ title, url, note }: { title: string; url?: string; note?: string }) {
  return (
    <figure>
      <span class="picture">{url ? <img src={url} alt={title} /> : <span class="blank" />}</span>
      <figcaption>{title}{note && <small>{note}</small>}</figcaption>
    </figure>
  );
}

function Figure({ term, children }: { term: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{term}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** What the colours of the difference mean. */
function legend(range: number | null | undefined): string {
  const full = range == null ? "" : `, full colour at ±${range} of −1 … 1`;
  return `to the reconstruction: red brighter, blue darker${full}`;
}

function met(frame: Frame | undefined): string {
  if (frame?.met == null) return "–";
  const tries = (frame.attempts ?? 1) > 1 ? `, ${frame.attempts} attempts` : "";
  return `${frame.met ? "yes" : "no"}${tries}`;
}

function percent(share: number | null | undefined): string {
  return share == null ? "–" : `${Math.round(share * 100)} %`;
}

function withUnit(value: number | null | undefined, unit: string): string {
  return value == null ? "–" : `${value.toFixed(1)} ${unit}`;
}
