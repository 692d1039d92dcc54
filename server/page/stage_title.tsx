/** Whose path it is, and how far it has come. */

import { model, models } from "./model_state.ts";
import { path, startPath, subject } from "./path_state.ts";
import { severity } from "./severity.ts";

/** Name, label and progress. */
export function StageTitle() {
  const { name, label, labelName } = subject.value ?? {};
  const names = model.value?.scale.names ?? [];
  return (
    <div class="stage-title">
      <h2>
        {name ?? (models.value ? "Choose an image" : "Loading …")}
        <small>
          {label === undefined ? subject.value && "your own image" : (
            <>
              labelled <span class="chip" style={severity(label, names.length)}>{label}</span>{" "}
              {labelName}
            </>
          )}
        </small>
      </h2>
      <div class="progress" role="status">{subject.value && <Progress />}</div>
    </div>
  );
}

function Progress() {
  const { status, step, total, message, error, frames, warnings } = path.value;
  if (status === "failed") {
    return (
      <span class="problem">
        {error} <button type="button" onClick={() => startPath()}>Try again</button>
      </span>
    );
  }
  if (status === "done") {
    const count = frames.length === 1 ? "1 frame" : `${frames.length} frames, each`;
    return (
      <span class="note">
        {count} encoded and graded again
        {warnings.length > 0 && (
          <b class="caution">
            {warnings.length === 1 ? "1 warning" : `${warnings.length} warnings`}
          </b>
        )}
      </span>
    );
  }
  return (
    <>
      <progress max={total || 1} value={total ? step : undefined} aria-label="Progress" />
      <span>{message}{total ? ` · ${step} of ${total}` : ""}</span>
    </>
  );
}
