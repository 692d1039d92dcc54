/** The task `compareEditors` in a world where half of every shift arrives. */

import { InputError, tasks } from "@countergrade/countergrade";
import { decode } from "../../../../../core/formats/png/png.ts";
import { register, testTask } from "@countergrade/countergrade/testing";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { gradientEditor } from "../../../../../plugins/editors/gradient.ts";
import { shortestEditor } from "../../../../../plugins/editors/shortest.ts";
import { lossyWorld } from "../../lossy_world.ts";

await using world = await lossyWorld((brightness) => 0.5 * brightness, [
  shortestEditor,
  gradientEditor,
]);
const task = world.host.member(tasks, "compareEditors");
register(
  "task compareEditors",
  testTask(task, {
    host: world.host,
    after: world.saved,
    options: { ...world.which, targets: [0, 2] },
  }),
);

interface Told {
  editor: string;
  arrived?: number;
  met: number;
  gradeMae: number;
  lengthRatio: number;
  lengthSigma: number;
}

Deno.test("without options the pattern and the shortest step are compared", async () => {
  const { result } = await world.run("compareEditors");
  assertEquals(result.editors.map(({ editor }: Told) => editor), ["pattern", "shortest"]);
  for (const { arrived } of result.editors as Told[]) assertAlmostEquals(arrived!, 0.5, 1e-3);
  const [pattern, shortest] = result.editors as Told[];
  assertAlmostEquals(pattern.lengthRatio, 1, 1e-3);
  assert(shortest.lengthRatio >= pattern.lengthRatio);
});

Deno.test("every image is inverted once, and rendered once per editor", async () => {
  world.inverted.length = world.rendered.length = 0;
  const { result, job } = await world.run("compareEditors", {
    indices: [4, 1],
    editors: [{ pattern: {} }, { gradient: { precondition: false } }, { shortest: {} }],
    targets: [0, 2],
  });
  assertEquals(world.inverted, [1, 1]);
  assertEquals(world.rendered, [3, 3, 3, 3, 3, 3]);
  const paths = result.paths as { editor: number; index: number; label: number }[];
  assertEquals(
    paths.map(({ editor, index, label }) => [editor, index, label]),
    [[0, 4, 1], [1, 4, 1], [2, 4, 1], [0, 1, 1], [1, 1, 1], [2, 1, 1]],
  );
  const progress = job.events.flatMap((e) => e.type === "progress" ? [e.message] : []);
  assertEquals(
    progress,
    ["val-4", "val-1"].flatMap((image) =>
      ["pattern", "gradient", "shortest"].map((editor) => `${editor}, ${image}`)
    ),
  );
});

Deno.test("the share is that of an editor's own frames, net of what the reconstruction changes", async () => {
  await using bent = await lossyWorld((brightness) => 0.25 * brightness, [shortestEditor]);
  const { result } = await bent.run("compareEditors", { indices: [0, 1, 2, 3] });
  for (const { arrived, met } of result.editors as Told[]) {
    assertAlmostEquals(arrived!, 0.25, 1e-3);
    assert(met < 1);
  }
});

Deno.test("frames that all ask for the same change have no share", async () => {
  const { result } = await world.run("compareEditors", { targets: [1] });
  for (const told of result.editors) assert(!("arrived" in told));
});

Deno.test("pictures have a row per editor and image: reconstruction, then frames", async () => {
  const { result, job } = await world.run("compareEditors", {
    indices: [0, 3],
    targets: [0, 1, 2],
  });
  const artifact = await job.load("comparison", result.comparison);
  assertEquals(Object.keys(artifact.files), [
    "comparison.json",
    "comparison.png",
    "figure.svg",
    "differences.png",
  ]);
  for (const file of ["comparison.png", "differences.png"]) {
    const { width, height } = decode(await job.read(artifact, file));
    assertEquals([width, height], [4 * 16 + 3 * 2, 4 * 16 + 3 * 2]);
  }
  const svg = new TextDecoder().decode(await job.read(artifact, "figure.svg"));
  assertEquals(svg.match(/<image /g)?.length, 4 * 4);
  for (
    const words of ["pattern", "shortest", "50 % arrives", "grade 2", "val-3", "reconstruction"]
  ) {
    assert(svg.includes(`>${words}<`), words);
  }
  assert(!/NaN|undefined/.test(svg));
  const content = JSON.parse(new TextDecoder().decode(await job.read(artifact, "comparison.json")));
  assertEquals([content.editors, content.paths], [result.editors, result.paths]);
});

Deno.test("warnings say which editor and image they are about", async () => {
  const { result } = await world.run("compareEditors", { scores: [60] });
  assert(
    result.warnings[0].startsWith("pattern, val-0: The edit to score 60 left"),
    result.warnings[0],
  );
  assertEquals(result.warnings.length, 2);
});

Deno.test("an image beyond the split is refused before anything is rendered", async () => {
  world.rendered.length = 0;
  await assertRejects(
    () => world.run("compareEditors", { indices: [0, 9] }),
    InputError,
    "below 6",
  );
  assertEquals(world.rendered, []);
});
