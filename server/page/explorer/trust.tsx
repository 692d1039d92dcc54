/** What a path says in one sentence, and what its figures are worth: how well the grader reads, and where label and reading differ. */

import { useSlot } from "./path/context.ts";
import type { Scale } from "../shared/operations.ts";
import { type FrameTarget, gradeText, targetText } from "./path/frame_target.ts";
import { missingImages } from "./path/example.ts";
import { changeMethod } from "./path/main.ts";
import type { PathSlot } from "./path/slot.ts";

/** How far label and reading lie apart before it is told, in grades; a grader that misses more on average has more. */
const APART = 0.75;

/** A few lines below the title. */
export function Trust() {
  const slot = useSlot();
  if (!slot.model.value) return null;
  return (
    <div class="trust">
      <Kind slot={slot} />
      {slot.isGraded.value && <p class="sentence">{sentenceOf(slot)}</p>}
      <ImagesMissing />
      <Disagreement slot={slot} />
      <Adaptation slot={slot} />
      <details>
        <summary>{graderText(slot)}</summary>
        <ul>
          {slot.subject.value?.isRebuilt && (
            <li>
              Of all paths in the gallery this is the one that misses its grades least. Its patient
              is the first of that label, by index, in a split that no model was trained on.
            </li>
          )}
          <li>
            A counterfactual shows what the model has learned from its training images. It is made,
            not observed.
          </li>
          <li>
            Every frame is encoded and graded again. “Met” means within 0.25 grades of the target,
            in the eyes of the grader, which also led the edit: a second opinion is worth more.
          </li>
          <li>{judgeText(slot)}</li>
          {slot.model.value.dataset?.notes.map((note) => (
            <li key={note}>Of the images that it learned from: {note}.</li>
          ))}
        </ul>
      </details>
    </div>
  );
}

/** Where to get the images of a model that are not here. */
function ImagesMissing() {
  const { value: dataset } = missingImages;
  if (!dataset) return null;
  return (
    <p class="note">
      Its images are not here. {isPublished(dataset)
        ? (
          <>
            <code>deno task download --dataset {dataset}</code> gets them.
          </>
        )
        : (
          <>
            Start with <code>--data</code> and a folder that has <code>{dataset}.npz</code>.
          </>
        )}
    </p>
  );
}

/** Whether `download-dataset` knows it: a set of MedMNIST. */
function isPublished(dataset: string): boolean {
  return /^[a-z]+mnist(_\d+)?$/.test(dataset);
}

/** What is strange about an image, in words. */
const STRANGE: Record<string, string> = {
  code: "what it shows is",
  picture: "its picture is",
  orientation: "the way it is turned is",
  detail: "its detail is",
};

/** Whether the image is of the kind that the model learned from; said where it is not quite. */
function Kind({ slot }: { slot: PathSlot }) {
  const { path, isForeign } = slot.path.value;
  const { verdict, trait, images, p } = path?.familiarity ?? {};
  if (isForeign || verdict === "foreign") {
    return (
      <p class="warning foreign" role="alert">
        <b>This image is foreign to the model</b>: unlike the images that it learned from. No grade
        is shown, since it would mean nothing. {isForeign && (
          <button
            type="button"
            onClick={() => changeMethod({ foreign: true })}
          >
            Show its path all the same
          </button>
        )}
      </p>
    );
  }
  if (verdict !== "unusual") return null;
  return (
    <p class="warning disagree">
      <b>An unusual image</b> for this model: {STRANGE[trait!] ?? "it is"} as strange as in{" "}
      {Math.max(1, Math.round(100 * p!))} of 100 of {images}{" "}
      images that it had not seen. Take its grades with care.
    </p>
  );
}

/** "Read as 0.2. This is what the model expects at 3 severe." */
function sentenceOf({ path, target, model, subject }: PathSlot): string {
  const read = path.value.path?.latent?.grade;
  const scale = model.value?.scale;
  const before = read == null || scale?.type === "NOMINAL"
    ? subject.value?.isRebuilt ? "A patient rendered at every grade. " : ""
    : `This image was read as ${gradeText(read, scale)}. `;
  const now = expectedAt(target.value, scale);
  return now === "–" ? before : `${before}This is what the model expects at ${now}.`;
}

/** "KL 3" where the grade's name says no more than its number, else "3 severe". */
function expectedAt(target: FrameTarget | undefined, scale: Scale | undefined): string {
  return target?.name === "" && scale?.names[target.grade!] || targetText(target);
}

/** "The grader is 0.7 grades off on average, AUC 0.79 (0.76 to 0.82), on 826 images that it had not seen". */
function graderText({ model }: PathSlot): string {
  const { report, intervals, dataset } = model.value!;
  const { mae, auc, measuredOn } = report ?? {};
  const images = dataset?.splits.find(({ name }) => name === measuredOn)?.size;
  const found = intervals?.find(({ figure }) => figure === "auc");
  const about = found ? ` (${found.low.toFixed(2)} to ${found.high.toFixed(2)})` : "";
  const words = [
    mae == null ? "" : `is ${mae.toFixed(1)} grades off on average`,
    auc == null ? "" : `AUC ${auc.toFixed(2)}${about}`,
  ].filter(Boolean).join(", ");
  const on = images ? ` on ${images} images that it had not seen` : "";
  return words ? `The grader ${words}${on}` : "How well the grader reads is not known";
}

function judgeText({ path }: PathSlot): string {
  const judge = path.value.path?.judge?.name;
  const band = path.value.frames.find((frame) => frame.band != null)?.band;
  const told = band == null
    ? ""
    : ` A judge mostly reads frames of this model within ±${band.toFixed(1)} of the target.`;
  return judge
    ? `A judge (${judge}) has looked at these frames beside the grader.${told}`
    : `No judge has looked at these frames: choose a second opinion under “How the path is made”.${told}`;
}

/** Label and reading of the original, where they are far apart. */
function Disagreement({ slot }: { slot: PathSlot }) {
  const label = slot.subject.value?.label;
  const read = slot.path.value.path?.latent?.grade;
  const { scale, report } = slot.model.value!;
  const apart = Math.max(APART, report?.mae ?? 0);
  if (label === undefined || read == null || scale.type === "NOMINAL") return null;
  if (!slot.isGraded.value) return null;
  if (scale.type === "CONTINUOUS" || Math.abs(read - label) < apart) return null;
  return (
    <p class="warning disagree">
      <b>Labeled {label}, read as {gradeText(read, scale)}:</b>{" "}
      the grader misreads this image, or its label is wrong. The path starts from what it reads.
    </p>
  );
}

/** What was taken of the image's file, and done to one's own, before it was graded. */
function Adaptation({ slot }: { slot: PathSlot }) {
  const done = slot.path.value.path?.adaptation;
  if (!done) return null;
  return (
    <p class="note adapted">
      {"image" in slot.subject.value!.source
        ? "What the model sees is not quite what you sent: "
        : "What the model sees of the image’s file: "}
      <b>{done}</b>.
    </p>
  );
}
