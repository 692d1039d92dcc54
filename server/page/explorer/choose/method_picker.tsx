/** Choosing how the path is made: editor, targets and their meaning, closed loop, what stays, who judges, sampler. */

/// <reference lib="dom" />

import { HoldPicker } from "./hold_picker.tsx";
import { MeaningPicker } from "./meaning_picker.tsx";
import { TargetPicker } from "./target_picker.tsx";
import { editors, judges, models } from "./model_state.ts";
import { changeMethod, method, model } from "../path/main.ts";
import { SAMPLERS, STEPS, USUAL_EDITOR, wholeNumber } from "./method.ts";
import { Check } from "../../shared/check.tsx";
import { judgeFrom, judgesOf, judgeText } from "../../shared/judges.ts";

/** The choices. */
export function MethodPicker() {
  return (
    <div class="settings">
      <EditorPicker />
      <TargetPicker />
      <MeaningPicker />
      <LoopPicker />
      <HoldPicker />
      <JudgePicker />
      <SamplerPicker />
    </div>
  );
}

function EditorPicker() {
  if (editors.value.length === 0) return null;
  const name = method.value.editor || USUAL_EDITOR;
  const description = editors.value.find((each) => each.name === name)?.description;
  return (
    <div class="setting">
      <label for="editor">Editor</label>
      <select
        id="editor"
        value={name}
        aria-describedby="editor-note"
        onChange={({ currentTarget: { value } }) =>
          changeMethod({ editor: value === USUAL_EDITOR ? "" : value })}
      >
        {editors.value.map(({ name }) => <option key={name} value={name}>{name}</option>)}
      </select>
      <p class="note" id="editor-note">{description}</p>
    </div>
  );
}

function LoopPicker() {
  if (model.value?.scale.type === "NOMINAL") return null;
  return (
    <div class="setting">
      <Check
        label="Close the loop"
        checked={method.value.closeLoop}
        change={(closeLoop) => changeMethod({ closeLoop })}
      />
      <p class="note">Edits again where the picture misses its grade. Takes longer.</p>
    </div>
  );
}

/** Somebody else who looks at the frames, where there is anybody. */
function JudgePicker() {
  const { judge } = method.value;
  const there = model.value && judges.value
    ? judgesOf(model.value, models.value ?? [], judges.value)
    : [];
  if (there.length === 0 && !judge) return null;
  const text = judge ? judgeText(judge) : "";
  const known = there.map((one) => ({ text: judgeText(one), title: one.title }));
  const isKnown = known.some((one) => one.text === text);
  return (
    <div class="setting">
      <label for="judge">Second opinion</label>
      <select
        id="judge"
        value={text}
        aria-describedby="judge-note"
        onChange={({ currentTarget: { value } }) => changeMethod({ judge: judgeFrom(value) })}
      >
        <option value="">nobody’s</option>
        {known.map(({ text, title }) => <option key={text} value={text}>{title}</option>)}
        {text && !isKnown && <option value={text}>{text}</option>}
      </select>
      <p class="note" id="judge-note">Who looks at every frame beside the probe.</p>
    </div>
  );
}

function SamplerPicker() {
  const { sampler, steps } = method.value;
  return (
    <div class={sampler ? "setting pair" : "setting"}>
      <span>
        <label for="sampler">Sampler</label>
        <select
          id="sampler"
          value={sampler}
          onChange={({ currentTarget }) => changeMethod({ sampler: currentTarget.value })}
        >
          <option value="">the encoder’s own</option>
          {SAMPLERS.map((name) => <option key={name} value={name}>{name}</option>)}
        </select>
      </span>
      {sampler && (
        <span>
          <label for="steps">Steps</label>
          <input
            id="steps"
            type="number"
            min={STEPS.least}
            max={STEPS.most}
            value={steps}
            onChange={({ currentTarget }) => {
              const steps = wholeNumber(currentTarget.value, STEPS);
              if (steps !== undefined) changeMethod({ steps });
              else currentTarget.value = String(method.value.steps);
            }}
          />
        </span>
      )}
    </div>
  );
}
