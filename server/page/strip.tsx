/** The path as a strip: one frame per grade, sharpening while it is sampled. */

import { Choices } from "./choices.tsx";
import { chosen, frameIndex, model, path, retry } from "./explorer_state.ts";
import { GradeLadder } from "./grade_ladder.tsx";
import { severity } from "./severity.ts";

/** White pixels between two frames of a preview. */
const GAP = 2;

/** The strip with its progress. */
export function Strip() {
  const { status, step, total, message, error, frames, warnings } = path.value;
  const names = model.value?.scale.names ?? [];
  const busy = status !== "done" && status !== "failed";
  return (
    <section class="strip" aria-label="Path" aria-busy={busy}>
      <h2>
        {chosen.value?.imageId}
        <small>
          labelled{" "}
          <span class="chip" style={severity(chosen.value?.label ?? 0, names.length)}>
            {chosen.value?.label}
          </span>{" "}
          {chosen.value?.labelName}
        </small>
      </h2>
      <div class="progress" role="status">
        {busy
          ? (
            <>
              <progress max={total || 1} value={total ? step : undefined} aria-label="Progress" />
              <span>{message}{total ? ` · ${step} of ${total}` : ""}</span>
            </>
          )
          : status === "failed"
          ? (
            <span class="problem">
              {error} <button type="button" onClick={retry}>Try again</button>
            </span>
          )
          : <span class="note">{frames.length} frames, each encoded and graded again</span>}
      </div>
      <Choices
        label="Frames"
        class="frames"
        items={names.map((name, index) => ({ name, index }))}
        keyOf={({ name }) => name}
        nameOf={({ name, index }) => `Target grade ${index}, ${name}`}
        isChosen={({ index }) => index === frameIndex.value}
        choose={({ index }) => frameIndex.value = index}
      >
        {({ name, index }) => <Cell name={name} index={index} />}
      </Choices>
      <ul class="legend" aria-hidden="true">
        <li>
          <i class="mark target" />target
        </li>
        <li>
          <i class="mark latent" />edited code
        </li>
        <li>
          <i class="mark image" />picture, graded again
        </li>
      </ul>
      {warnings.map((warning) => <p key={warning} class="warning">{warning}</p>)}
    </section>
  );
}

function Cell({ name, index }: { name: string; index: number }) {
  const { preview } = path.value;
  const { names } = model.value!.scale;
  const frame = path.value.frames.find((each) => each.index === index);
  return (
    <>
      <span class="target" style={severity(index, names.length)}>
        <b>{index}</b> {shortName(name)}
      </span>
      <span class="picture">
        {preview
          ? <img class="preview" src={preview} alt="" style={crop(index, names.length)} />
          : !frame?.image && <span class="blank" />}
        {frame?.image && <img class="whole" src={frame.image.url} alt="" />}
      </span>
      <GradeLadder
        top={names.length - 1}
        target={index}
        latent={frame?.latentGrade ?? undefined}
        image={frame?.imageGrade ?? undefined}
      />
    </>
  );
}

/** What a name says beside its grade: "Grade 2 (moderate)" is "moderate". */
function shortName(name: string): string {
  const rest = name.replace(/^(grade|kl|kl grade)?\s*\d+\s*/i, "");
  return rest.replace(/^[(:,–-]\s*(.*?)\)?$/, "$1");
}

/** Shows only frame `index` of a preview with `n` frames side by side. */
function crop(index: number, n: number): Record<string, string> {
  const width = model.value?.dataset?.imageShape[2] ?? 64;
  return {
    width: `${(n * width + (n - 1) * GAP) / width * 100}%`,
    marginLeft: `${-index * (width + GAP) / width * 100}%`,
  };
}
