/** The explorer: what to choose, and the path of what is chosen. */

import { useSignalEffect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { address } from "../shared/address.ts";
import { LinkProblem } from "../shared/link_problem.tsx";
import { Choice } from "./choose/choice.tsx";
import { DropTarget } from "./choose/drop_target.tsx";
import { models } from "./choose/model_state.ts";
import { Curves } from "./evidence/curves.tsx";
import { Showcase } from "./showcase.tsx";
import { Stages } from "./stage.tsx";
import { prepareExample } from "./path/example.ts";
import { Tour } from "./tour.tsx";
import { arrive, load, missing, problem } from "./state.ts";

/** The view. */
export function Explorer() {
  useEffect(() => {
    load();
    return address.subscribe(() => {
      arrive();
    });
  }, []);
  useSignalEffect(prepareExample);
  return (
    <>
      <Content />
      <Tour />
      <Showcase />
      <DropTarget />
    </>
  );
}

function Content() {
  if (problem.value) return <Problem />;
  if (models.value?.length === 0) return <NoModels />;
  if (missing.value.length > 0) {
    return <LinkProblem missing={missing.value} view="explorer" title="The explorer" />;
  }
  return (
    <>
      <Choice />
      <div class="outcome">
        <Stages />
        <Curves />
      </div>
    </>
  );
}

function Problem() {
  return (
    <section class="empty" role="alert">
      <h2>The explorer cannot start</h2>
      <p class="problem">{problem.value}</p>
      <button type="button" class="main" onClick={load}>Try again</button>
    </section>
  );
}

function NoModels() {
  return (
    <section class="empty">
      <h2>There is no model yet</h2>
      <p>
        A model is an encoder with a probe on its codes. Make one with the tasks{" "}
        <code>trainEncoder</code>, <code>encode</code> and{" "}
        <code>trainProbe</code>: on this page, by GraphQL at <code>/graphql</code>, or with{" "}
        <code>deno task countergrade --help</code>.
      </p>
      <button type="button" class="main" onClick={load}>Look again</button>
    </section>
  );
}
