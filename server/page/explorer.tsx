/** The explorer: what to choose, and the path of what is chosen. */

import { useEffect } from "preact/hooks";
import { chosen, load, model, models, problem } from "./explorer_state.ts";
import { Detail } from "./detail.tsx";
import { Gallery } from "./gallery.tsx";
import { ModelPicker } from "./model_picker.tsx";
import { Showcase } from "./showcase.tsx";
import { Strip } from "./strip.tsx";

/** The view. */
export function Explorer() {
  useEffect(() => {
    if (!models.value) load();
  }, []);
  return (
    <>
      {problem.value && <p class="problem" role="alert">{problem.value}</p>}
      <Content />
      <Showcase />
    </>
  );
}

function Content() {
  if (!models.value) return problem.value ? null : <p class="note" role="status">Loading …</p>;
  if (!models.value.some(({ dataset }) => dataset)) return <NoModels />;
  if (!model.value) return null;
  return (
    <>
      <div class="choice">
        <ModelPicker />
        <Gallery />
      </div>
      {chosen.value && (
        <div class="result">
          <Strip />
          <Detail />
        </div>
      )}
    </>
  );
}

function NoModels() {
  return (
    <section class="empty">
      <h2>There is no model yet</h2>
      <p>
        A model is an encoder and a probe of a data set that is present. Make one with the tasks
        {" "}
        <code>trainEncoder</code>, <code>encode</code> and <code>trainProbe</code>, by GraphQL at
        {" "}
        <code>/graphql</code> or with{" "}
        <code>deno task countergrade --help</code>, then load this page again.
      </p>
    </section>
  );
}
