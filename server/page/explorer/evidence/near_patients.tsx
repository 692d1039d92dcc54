/** Real patients whose images are most like the frame, with their labels: what people with such a grade look like. */

/// <reference lib="dom" />

import { addressOf } from "../../shared/address.ts";
import type { Scale } from "../../shared/operations.ts";
import type { Neighbor } from "../operations.ts";
import { useSlot } from "../path/context.ts";
import type { PathState } from "../path/follow.ts";
import { gradeText, shortName, targetText } from "../path/frame_target.ts";

/** A row that is filled when it is opened. */
export function NearPatients() {
  const slot = useSlot();
  const { path } = slot.path.value;
  if (!path) return null;
  const { value: near } = slot.near;
  const frame = near?.frames.find(({ index }) => index === slot.frameIndex.value);
  return (
    <details
      class="near"
      onToggle={({ currentTarget }) => currentTarget.open && slot.findNear()}
    >
      <summary>Real patients like this frame</summary>
      {near && !frame && (
        <p class="note" role="status">
          {near.status === "failed" ? near.error : waitingText(near)}
        </p>
      )}
      {frame && (
        <>
          <ul aria-label={`Nearest to the frame at ${targetText(slot.targets.value[frame.index])}`}>
            {frame.neighbors?.map((neighbor) => (
              <Patient
                key={`${neighbor.split} ${neighbor.index}`}
                neighbor={neighbor}
                model={slot.modelId.value}
                scale={slot.model.value!.scale}
              />
            ))}
          </ul>
          <p class="note">
            {labelsText(frame.neighbors ?? [], slot.model.value!.scale)}{" "}
            Nearest by the model’s own code, among the images that it learned from.
          </p>
        </>
      )}
    </details>
  );
}

/** The codes of the training images are computed once, which takes a while the first time. */
function waitingText({ step, total, message }: PathState): string {
  const at = total ? `: ${message} ${step} of ${total}` : "";
  return `Looking through the training images, which takes a while the first time${at} …`;
}

function Patient({ neighbor, model, scale }: {
  neighbor: Neighbor;
  model: string;
  scale: Scale;
}) {
  const { split, index, label, grade, distance, image } = neighbor;
  const name = label === null ? "no label" : scale.names[label] ?? String(label);
  return (
    <li>
      <a href={addressOf("explorer", { model, split, index: String(index) })}>
        <span class="picture">{image && <img src={image.url} alt="" loading="lazy" />}</span>
        <b>{shortName(name) || name}</b>
        <small>
          {split} {index}
          {grade !== null && `, read ${gradeText(grade, scale)}`}
          {distance !== null && `, ${distance.toFixed(1)} σ away`}
        </small>
      </a>
    </li>
  );
}

/** "Their labels: KL 3, KL 4, KL 4." */
function labelsText(neighbors: readonly Neighbor[], { names, type }: Scale): string {
  const labels = neighbors.flatMap(({ label }) => label === null ? [] : [label]);
  if (labels.length === 0) return "";
  const told = labels.map((label) => type === "CONTINUOUS" ? String(label) : names[label]);
  return `Their labels: ${told.join(", ")}.`;
}
