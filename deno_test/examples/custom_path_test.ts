/** The example of a task that makes paths: what it stores is what `counterfactualPath` stores. */

import { assert, assertEquals } from "@std/assert";
import brighten, { brightness } from "../../examples/custom_path.ts";
import { decode } from "../../core/formats/png/png.ts";
import { lossyWorld } from "../plugins/tasks/lossy_world.ts";

Deno.test("a task of one's own moves codes by what its own function sees, and stores a path like any other", async () => {
  await using world = await lossyWorld((brightness) => 0.5 * brightness, [brighten]);
  const values = [-0.2, 0.1];
  const { result, job } = await world.run("brightenPath", { index: 1, values });
  const path = await job.load("path", result.path);
  const usual = await world.run("counterfactualPath", { index: 1, scores: values });
  const other = await usual.job.load("path", usual.result.path);
  assertEquals(Object.keys(path.files).sort(), Object.keys(other.files).sort());
  const content = async (of: typeof job, artifact: typeof path) =>
    JSON.parse(new TextDecoder().decode(await of.read(artifact, "path.json")));
  const [own, known] = [await content(job, path), await content(usual.job, other)];
  assertEquals(Object.keys(own).sort(), Object.keys(known).sort());
  const missing = Object.keys(known.frames[0]).filter((name) => !(name in own.frames[0]));
  assertEquals(missing, []);
  assertEquals([own.editor, own.frames.length], ["brighten", 2]);
  assertEquals(job.events.filter(({ type }) => type === "frame").length, 2);
  for (const [i, wanted] of values.entries()) {
    const { image, width, height } = decode(await job.read(path, `frame-${i}.png`));
    const pixels = Float32Array.from(image, (value) => value / 127.5 - 1);
    const [seen] = brightness({ shape: [1, 1, height, width], data: pixels });
    assert(Math.abs(seen - wanted) < 0.15, `${seen} instead of ${wanted}`);
  }
});
