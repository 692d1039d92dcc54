/** What the page makes of a job's events. */

import { assertEquals } from "@std/assert";
import {
  afterEvent,
  type PathState,
  WAITING,
} from "../../../../../server/page/explorer/path/follow.ts";
import type { Frame, Path, PathEvent } from "../../../../../server/page/explorer/operations.ts";

function after(...events: object[]): PathState {
  return events.reduce(
    (state: PathState, event, i) =>
      afterEvent(state, { jobId: "j", number: i + 1, ...event } as PathEvent),
    WAITING,
  );
}

const frame = (index: number) => ({ __typename: "PathFrame", frame: { index } as Frame });

Deno.test("previews and progress come before frames; frames stand in order, each once", () => {
  const state = after(
    { __typename: "Started" },
    { __typename: "Progress", step: 3, total: 9, message: null },
    { __typename: "Preview", image: { url: "/blobs/p.png" } },
    frame(2),
    frame(0),
    frame(2),
    frame(1),
  );
  assertEquals([state.status, state.step, state.total], ["running", 3, 9]);
  assertEquals(state.preview, "/blobs/p.png");
  assertEquals(state.frames.map(({ index }) => index), [0, 1, 2]);
});

Deno.test("a stored path comes at once, with frames and warnings", () => {
  const path = { id: "path-1", frames: [{ index: 0 }], warnings: ["far"] } as Path;
  const artifacts = [{ __typename: "OtherArtifact" }, {
    __typename: "CounterfactualPath",
    ...path,
  }];
  const state = after({ __typename: "Done", job: { artifacts } });
  assertEquals(state.status, "done");
  assertEquals([state.frames.length, state.warnings], [1, ["far"]]);
  assertEquals(state.path?.id, "path-1");
});

Deno.test("targets that are no frame are told once, where the frames are", () => {
  const path = {
    __typename: "CounterfactualPath",
    frames: [{ index: 0 }],
    unreached: [{ reason: "grade 4 asks for the score 9" }],
    warnings: ["Not shown: grade 4. grade 4 asks for the score 9", "far"],
  };
  const state = after({ __typename: "Done", job: { artifacts: [path] } });
  assertEquals(state.warnings, ["far"]);
  assertEquals(state.path?.unreached?.length, 1);
});

Deno.test("a second attempt starts from nothing; failures say why", () => {
  const again = after({ __typename: "Started" }, frame(0), { __typename: "Started" });
  assertEquals([again.status, again.frames], ["running", []]);
  const failed = after({ __typename: "Failed", error: { message: "Cannot render" } });
  assertEquals([failed.status, failed.error], ["failed", "Cannot render"]);
  assertEquals(after({ __typename: "Cancelled" }).status, "failed");
});
