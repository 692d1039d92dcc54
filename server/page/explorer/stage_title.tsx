/** Whose path it is, and how far it has come. */

import { models } from "./choose/model_state.ts";
import { useSlot } from "./path/context.ts";
import type { PathState } from "./path/follow.ts";
import { keepPath, kept, main } from "./path/main.ts";
import type { PathSlot } from "./path/slot.ts";
import { severity } from "../shared/severity.ts";

/** Name and label of what is shown, and the progress of one's own path. */
export function StageTitle({ own }: { own: PathSlot }) {
  const slot = useSlot();
  const { value: subject } = slot.subject;
  const { name, label, labelName } = subject ?? {};
  const names = slot.model.value?.scale.names ?? [];
  return (
    <div class="stage-title">
      <h2>
        {name ?? (models.value ? "Choose an image" : "Loading …")}
        <small>
          {label === undefined ? subject && "your own image" : (
            <>
              labeled <span class="chip" style={severity(label, names.length)}>{label}</span>{" "}
              {labelName}
            </>
          )}
        </small>
      </h2>
      <div class="progress">
        {own !== slot && own.subject.value && <span>Yours:</span>}
        {own.subject.value && <Progress slot={own} />}
        {own.path.value.status === "done" && own === main.value && !kept.value && (
          <button
            type="button"
            title="Keeps this path in sight while another image, model or method is chosen"
            onClick={keepPath}
          >
            Compare with …
          </button>
        )}
      </div>
      <p class="spoken" role="status">{own.subject.value && spoken(own.path.value)}</p>
    </div>
  );
}

/** What screen readers say: each turn of events once, not every step. */
function spoken({ status, frames, warnings, error, path }: PathState): string {
  if (status === "failed") return `The path failed: ${error}`;
  if (status === "disconnected") return "Waiting for the server";
  if (status !== "done") return "The path is on its way";
  const cares = warnings.length ? `, ${counted(warnings.length, "warning")}` : "";
  const missing = path?.unreached?.length;
  const gaps = missing ? `, ${counted(missing, "target")} not shown` : "";
  return `The path is there: ${counted(frames.length, "frame")}${gaps}${cares}`;
}

function Progress({ slot }: { slot: PathSlot }) {
  const { status, step, total, message, error, frames, warnings } = slot.path.value;
  // What that means stands below the title.
  if (slot.path.value.isForeign) return null;
  if (status === "failed") {
    return (
      <span class="problem">
        {error}{" "}
        <button type="button" onClick={() => slot.subject.value && slot.start(slot.subject.value)}>
          Try again
        </button>
      </span>
    );
  }
  if (status === "done") {
    const count = counted(frames.length, "frame") + (frames.length === 1 ? "" : ", each");
    return (
      <span class="note told">
        {count} encoded and graded again
        {warnings.length > 0 && (
          <b class="caution">
            {counted(warnings.length, "warning")}
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

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
