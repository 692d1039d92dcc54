/** The task `mapLatents`. */

import {
  CancelledError,
  Host,
  InputError,
  probes,
  Random,
  takeRows,
  tasks,
  tensor,
} from "@countergrade/countergrade";
import { writeSafetensors } from "@countergrade/countergrade/formats";
import { decode } from "../../../../core/formats/png/png.ts";
import { memoryJob, register, testTask } from "@countergrade/countergrade/testing";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { ridgeProbe } from "../../../../plugins/probes/ridge.ts";
import {
  principalMap,
  probeMap,
  tsneMap,
  umapMap,
} from "../../../../plugins/tasks/latents/latent_map.ts";
import {
  colorOfLabel,
  type LatentMap,
  layout,
} from "../../../../plugins/tasks/latents/latent_map_layout.ts";
import { mapPng } from "../../../../plugins/tasks/latents/latent_map_png.ts";
import { latentMapChart } from "../../../../plugins/tasks/latents/latent_map_chart.ts";
import { lossyWorld } from "../lossy_world.ts";

await using world = await lossyWorld((brightness) => 0.5 * brightness);
const task = world.host.member(tasks, "mapLatents");
const { probe } = world.which;
for (
  const options of [
    { probe },
    { probe, method: "probe" },
    { probe, method: "umap", neighbors: 5 },
    { probe, method: "tsne", perplexity: 5, color: "brightness" },
  ]
) {
  register(
    `task mapLatents by ${options.method ?? "default"}`,
    testTask(task, { host: world.host, after: world.saved, options }),
  );
}

/** Runs the task, after `after`. */
async function mapped(options: Record<string, unknown>, after = world.saved, seed = 0) {
  const job = memoryJob(world.host, { after, seed });
  const result = await task.run(task.options(world.host).parse(options), job) as {
    map: string;
    points: number;
    explainedVariance?: number[];
  };
  const artifact = await job.load("map", result.map);
  const read = async (name: string) => new TextDecoder().decode(await job.read(artifact, name));
  return { result, job, artifact, read, content: JSON.parse(await read("map.json")) };
}

/** Three far groups of 30 codes `[90, 10]`, in turn. */
function groups() {
  const random = new Random(3);
  const data = Array.from(
    { length: 90 * 10 },
    (_, k) => (Math.floor(k / 10) % 3 === (k % 10) % 3 ? 8 : 0) + random.normal(),
  );
  return tensor([90, 10], data);
}

Deno.test("principal components: two dimensions are shown whole, and points keep label and place", async () => {
  const { result, content, artifact } = await mapped({ probe });
  assertEquals(Object.keys(artifact.files), ["map.json", "map.svg", "map.png"]);
  assertEquals([result.points, content.dataset, content.split], [40, "halves", "train"]);
  assertAlmostEquals(result.explainedVariance!.reduce((a, b) => a + b), 1, 1e-9);
  const indices = content.points.map(({ index }: { index: number }) => index);
  assertEquals([...indices].sort((a, b) => a - b), Array.from({ length: 40 }, (_, i) => i));
  for (const { label, index } of content.points) assertEquals(label, index % 3);
});

Deno.test("a limit draws points by the seed", async () => {
  const indicesOf = async (seed: number) =>
    (await mapped({ probe, limit: 10 }, world.saved, seed)).content.points
      .map(({ index }: { index: number }) => index);
  const [a, b, again] = [await indicesOf(1), await indicesOf(2), await indicesOf(1)];
  assertEquals([a.length, a], [10, again]);
  assert(JSON.stringify(a) !== JSON.stringify(b));
});

Deno.test("a path is drawn where its codes lie, without shaping the plane", async () => {
  const { result: { path }, job } = await world.run("counterfactualPath", { index: 1 });
  for (const method of ["pca", "probe", "umap", "tsne"]) {
    const options = { probe, method, neighbors: 5, perplexity: 5 };
    const { content, read } = await mapped({ ...options, path }, job);
    const plain = await mapped(options);
    assertEquals(content.points, plain.content.points);
    assertEquals([content.path.id, content.path.edited.length, content.path.images.length], [
      path,
      3,
      3,
    ]);
    for (const { x, y } of [content.path.original, ...content.path.edited]) {
      assert(Number.isFinite(x + y));
    }
    const svg = await read("map.svg");
    assertEquals(
      svg.match(/aria-description="[^"]*"[^>]*><path d="(?:[ML][\d.,]+){4}"/g)?.length,
      2,
    );
    assert(!/NaN|undefined|Infinity/.test(svg));
  }
});

Deno.test("codes can be named instead of a probe; one of them is needed, and the path must be of their encoder", async () => {
  const { result: { path }, job } = await world.run("counterfactualPath", { index: 1 });
  const tensors = new Map([
    ["all.codes", groups()],
    ["all.labels", tensor([90], Array.from({ length: 90 }, (_, i) => i % 3))],
  ]);
  const metadata = {
    dataset: "groups",
    encoder: "other",
    scale: { type: "nominal", names: ["a", "b", "c"] },
  };
  const { id: codes } = await job.save(
    "codes",
    { "codes.safetensors": writeSafetensors(tensors) },
    metadata,
    [],
  );
  const { content } = await mapped({ codes, split: "all" }, job);
  assertEquals([content.dataset, content.points.length], ["groups", 90]);
  for (
    const options of [
      {},
      { probe, codes },
      { codes, split: "train" },
      { codes, split: "all", path },
      { codes, split: "all", method: "probe" },
    ]
  ) {
    await assertRejects(() => mapped(options, job), InputError);
  }
});

Deno.test("along a probe x is its score, and y what varies most of all that leaves the score alone", async () => {
  // The score grows with dimensions 0 and 3, whose units differ and which rarely grow together; 1 and 2 vary together.
  const random = new Random(5);
  const rows = Array.from({ length: 400 }, () => {
    const [one, both] = [random.normal(), random.normal()];
    const other = Math.sqrt(3) / 2 * random.normal() - one / 2;
    return [one, both + 0.1 * random.normal(), both, other / 10];
  });
  const codes = tensor([400, 4], rows.flat());
  await using host = await Host.boot([ridgeProbe]);
  const fit = host.member(probes, "ridge");
  const labels = Float64Array.from(rows, (code) => code[0] + 10 * code[3]);
  const probe = await fit.fit(codes, labels, fit.options.parse({ lambda: 1e-3 }), {
    scale: { type: "continuous", names: [] },
    threshold: 0,
    random,
  });
  const { points, explained, axes, place } = probeMap(codes, probe);
  const scores = probe.score(codes);
  for (const [i, { x }] of points.entries()) assertEquals(x, scores[i]);
  const [along, beside] = explained!;
  assertAlmostEquals(along, (1 - 1 / 2) / 4, 0.02);
  assertAlmostEquals(beside, 2 / 4, 0.02);
  assertEquals(axes[0], "distance to the boundary in σ");
  const between = (a: number[], b: number[]) => {
    const inner = a.reduce((sum, value, i) => sum + value * b[i], 0);
    return inner / (Math.hypot(...a) * Math.hypot(...b));
  };
  const ys = points.map(({ y }) => y);
  assert(Math.abs(between(ys, rows.map((code) => code[1] + code[2]))) > 0.99);
  assert(Math.abs(between(ys, points.map(({ x }) => x))) < 0.1);
  assertEquals(place(takeRows(codes, [7])), [points[7]]);
});

Deno.test("UMAP keeps groups together and apart from others, the same for the same seed", async () => {
  const codes = groups();
  const told: number[] = [];
  const how = {
    signal: new AbortController().signal,
    onEpoch: (epoch: number) => told.push(epoch),
  };
  const options = { neighbors: 8, minDistance: 0.1 };
  const { points, place } = await umapMap(codes, options, new Random(1), how);
  const again = await umapMap(codes, options, new Random(1), how);
  assertEquals(points, again.points);
  const apart = (i: number, j: number) =>
    Math.hypot(points[i].x - points[j].x, points[i].y - points[j].y);
  for (let i = 0; i < 90; i++) {
    const near = Array.from({ length: 90 }, (_, j) => j).filter((j) => j !== i).sort((a, b) =>
      apart(i, a) - apart(i, b)
    );
    assert(near.slice(0, 5).every((j) => j % 3 === i % 3), `point ${i}`);
  }
  const [placed] = place(takeRows(codes, [4]));
  assert(Math.hypot(placed.x - points[4].x, placed.y - points[4].y) < 4);
  assert(told.length > 2 && told[0] === 10);
});

Deno.test("UMAP stops when it is cancelled, and needs more codes than neighbors", async () => {
  const options = { neighbors: 8, minDistance: 0.1 };
  const onEpoch = () => {};
  const aborted = AbortSignal.abort(new CancelledError());
  await assertRejects(
    () => umapMap(groups(), options, new Random(1), { signal: aborted, onEpoch }),
    CancelledError,
  );
  const few = takeRows(groups(), [0, 1, 2, 3, 4, 5, 6, 7]);
  const { signal } = new AbortController();
  await assertRejects(
    () => umapMap(few, options, new Random(1), { signal, onEpoch }),
    InputError,
    "8 codes",
  );
});

const NAMES = ["none", "grade <1>", "severe"];
const map: LatentMap = {
  points: [
    { x: 0, y: 0, label: 0, index: 0 },
    { x: 10, y: 0, label: 1, index: 1 },
    { x: 10, y: 10, label: 2, index: 2 },
  ],
  axes: ["principal component 1", "principal component 2"],
  explained: [0.5, 0.25],
  names: NAMES,
};

Deno.test("both axes have the same scale, and y goes up", () => {
  const at = layout(map, { left: 0, top: 0, size: 100 });
  const [a, b, c] = map.points.map(at);
  assertAlmostEquals(b.x - a.x, b.y - c.y, 1e-9);
  assert(c.y < b.y && b.x > a.x);
  const one = layout({ ...map, points: map.points.slice(0, 1) }, { left: 0, top: 0, size: 100 });
  assertEquals(one(map.points[0]), { x: 50, y: 50 });
});

Deno.test("the SVG names axes and labels, with how many of each, and knows dark pages", () => {
  const svg = latentMapChart("A & B", map);
  for (
    const words of [
      "50.0 % of the variance",
      "0 none (1)",
      "grade &lt;1&gt; (1)",
      "<title>A &amp; B</title>",
      "prefers-color-scheme:dark",
    ]
  ) {
    assert(svg.includes(words), words);
  }
  assertEquals(svg.match(/<circle /g)?.length, 3 + 3);
  assert(!svg.includes("edited codes"));
});

Deno.test("the PNG has each point and each label of the legend in its color", () => {
  const { image, width, height } = decode(mapPng(map));
  assertEquals([width, height], [540, 480]);
  const pixel = (
    x: number,
    y: number,
  ) => [...image.slice(3 * (y * width + x), 3 * (y * width + x) + 3)];
  const at = layout(map, { left: 4, top: 4, size: 472 });
  for (const point of map.points) {
    const { x, y } = at(point);
    assertEquals(pixel(Math.round(x), Math.round(y)), [...colorOfLabel(point.label, NAMES)]);
    assertEquals(pixel(492, 16 + 24 * point.label), [...colorOfLabel(point.label, NAMES)]);
  }
  assertEquals(pixel(200, 50), [255, 255, 255]);
});

Deno.test("codes that cannot be mapped are refused", () => {
  for (
    const odd of [
      tensor([1, 3], [1, 2, 3]),
      tensor([3, 1], [1, 2, 3]),
      tensor([2, 2], [1, 1, 1, 1]),
      tensor([2, 2], [1, NaN, 2, 3]),
    ]
  ) {
    let caught: unknown;
    try {
      principalMap(odd);
    } catch (error) {
      caught = error;
    }
    assert(caught instanceof InputError, `${caught}`);
  }
});

Deno.test("t-SNE keeps groups together and apart from others, the same for the same seed", async () => {
  const codes = groups();
  const how = { signal: new AbortController().signal, onStep() {} };
  const { points, place } = await tsneMap(codes, { perplexity: 10 }, new Random(1), how);
  const again = await tsneMap(codes, { perplexity: 10 }, new Random(1), how);
  assertEquals(points, again.points);
  const apart = (i: number, j: number) =>
    Math.hypot(points[i].x - points[j].x, points[i].y - points[j].y);
  for (let i = 0; i < 90; i++) {
    const near = Array.from({ length: 90 }, (_, j) => j).filter((j) => j !== i)
      .sort((a, b) => apart(i, a) - apart(i, b));
    assert(near.slice(0, 5).every((j) => j % 3 === i % 3), `point ${i}`);
  }
  const [placed] = place(takeRows(codes, [4]));
  assert(Math.hypot(placed.x - points[4].x, placed.y - points[4].y) < 0.5);
});

Deno.test("t-SNE stops when it is cancelled, and needs three times as many codes as the perplexity", async () => {
  const signal = AbortSignal.abort(new CancelledError());
  const run = (perplexity: number) =>
    tsneMap(groups(), { perplexity }, new Random(1), { signal, onStep() {} });
  await assertRejects(() => run(10), CancelledError);
  await assertRejects(() => run(31), InputError, "90 codes for 31");
});

Deno.test("a map is colored by what its images measure, in groups of equal size", async () => {
  const { content, read } = await mapped({ probe, color: "brightness" });
  assertEquals(content.colors.length, 5);
  assert(content.colors[4].startsWith("over "));
  const counts = content.colors.map((_: string, label: number) =>
    content.points.filter((point: { label: number }) => point.label === label).length
  );
  assertEquals(counts, [8, 8, 8, 8, 8]);
  assertEquals(content.values.length, 40);
  assert((await read("map.svg")).includes("colored by brightness"));
  await assertRejects(() => mapped({ probe, color: "smile" }), InputError, "expected one of");
});

Deno.test("a map is colored by a further label; of some images it is not known", async () => {
  const { content, read } = await mapped({ probe, color: "site" });
  assertEquals([content.color, content.colors], ["site", ["Rome", "Oslo", "Lima"]]);
  for (const { label, index } of content.points) {
    assertEquals(label, index === 7 ? -1 : index % 2);
  }
  const svg = await read("map.svg");
  for (const words of ["0 Rome (20)", "1 Oslo (19)", "2 Lima (0)", "not known (1)"]) {
    assert(svg.includes(words), words);
  }
});
