/** What 0.1 stored, under the names that it had then, through the API of today. */

import { Host } from "@countergrade/countergrade";
import { Jobs, type NewJob, Workspace } from "@countergrade/countergrade/jobs";
import { builtins } from "@countergrade/countergrade/plugins";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { TO_VERSION_2 } from "../core/jobs/sqlite/layout_of_before.ts";
import { DatabaseSync } from "node:sqlite";
import { createApp } from "../../server/http/yoga.ts";
import { type Answer, post } from "./toy_server.ts";

const near = { dataset: "knees", split: "train", index: 4, label: 2, grade: 1.8, distance: 3.5 };
const frame = {
  targetGrade: 0,
  latentGrade: 0,
  latentScore: -1,
  latentProbability: 0.2,
  imageGrade: 0.1,
  imageScore: -0.9,
  imageProbability: 0.3,
  lengthSigma: 1,
  lengthRatio: 1,
  percentile: 50,
  image: "0".repeat(64) + ".png",
  difference: "0".repeat(64) + ".png",
};

/** Jobs as 0.1 wrote them: task, options, result. */
const JOBS: [task: string, options: unknown, result: unknown][] = [
  ["nearestImages", { distance: "standardised" }, { grade: 2, neighbours: [near] }],
  ["counterfactualPath", { neighbours: 1 }, {
    path: "path-0123456789abcdef",
    frames: [{ ...frame, neighbours: [near] }],
  }],
  ["inspectDataset", {}, { dataset: "knees", licence: "CC BY 4.0", title: 'a "licence": b' }],
  ["trainProbe", { codes: "codes-1", probe: { svm: { standardise: false } } }, {}],
  ["trainProbe", { codes: "codes-1", probe: { mine: { standardise: false } } }, {}],
];

/** Fills a home folder, and makes its database one of 0.1. Returns the ids of the jobs. */
async function homeOfBefore(home: string): Promise<string[]> {
  const ids: string[] = [];
  {
    await using workspace = await Workspace.open(home);
    const { queue, events, artifacts } = workspace.store;
    for (const [task, options, result] of JOBS) {
      const work: NewJob = { task, options, seed: 0, key: `${ids.length}` };
      const { id } = await queue.add(work);
      const claimed = (await queue.claim(workspace.owner, { id }))!;
      if (task === "counterfactualPath") {
        const told = { ...frame, neighbours: [near] };
        await events.append(claimed, [{ type: "frame", index: 0, frame: told }]);
      }
      await queue.finish(claimed, { state: "done", result });
      ids.push(id);
    }
    const content = { dataset: "knees", frames: [{ ...frame, neighbours: [near] }] };
    const bytes = new TextEncoder().encode(JSON.stringify(content));
    const path = { "path.json": await workspace.blobs.write(bytes, "json") };
    for (const [kind, files] of [["path", path], ["codes", {}]] as const) {
      await artifacts.put({
        id: `${kind}-0123456789abcdef`,
        kind,
        createdAt: "2026-01-01T00:00:00.000Z",
        files,
        metadata: {},
        provenance: {
          task: "counterfactualPath",
          plugins: [],
          options: { neighbours: 1 },
          seed: 0,
          inputs: [],
        },
      });
    }
  }
  const raw = new DatabaseSync(`${home}/countergrade.db`);
  raw.exec(TO_VERSION_2);
  raw.close();
  return ids;
}

async function withHomeOfBefore(
  test: (ask: (query: string) => Promise<Answer>, ids: string[]) => Promise<void>,
): Promise<void> {
  const home = await Deno.makeTempDir();
  try {
    const ids = await homeOfBefore(home);
    await using host = await Host.boot(builtins);
    await using workspace = await Workspace.open(home);
    const app = createApp({ jobs: new Jobs(host, workspace, { local: true }) });
    await test(async (query) => (await app.fetch(post(query))).json(), ids);
    await app.dispose();
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

Deno.test("results, events and paths of 0.1 are there under the names of today", () =>
  withHomeOfBefore(async (ask, [nearest, path, inspected]) => {
    const like = "{ index distance }";
    const { data, errors } = await ask(`{
      nearest: job(id: "${nearest}") {
        options ... on NearestImagesJob { result { neighbors ${like} } }
      }
      made: job(id: "${path}") {
        options
        ... on CounterfactualPathJob { result { frames { neighbors ${like} } } }
        events { nodes { ... on PathFrame { frame { neighbors ${like} } } } }
      }
      inspected: job(id: "${inspected}") {
        resultData ... on InspectDatasetJob { result { license } }
      }
      counterfactualPath(id: "path-0123456789abcdef") {
        frames { neighbors ${like} data }
        provenance { options }
      }
    }`);
    assertEquals(errors, undefined);
    const found = [{ index: 4, distance: 3.5 }];
    assertEquals(data.nearest.result.neighbors, found);
    assertEquals(data.nearest.options, { distance: "standardized" });
    assertEquals(data.made.options, { neighbors: 1 });
    assertEquals(data.made.result.frames, [{ neighbors: found }]);
    assertEquals(
      data.made.events.nodes.find(({ frame }: { frame?: unknown }) => frame).frame.neighbors,
      found,
    );
    assertEquals(data.inspected.result.license, "CC BY 4.0");
    assertEquals(data.inspected.resultData.title, 'a "licence": b');
    const [{ neighbors, data: told }] = data.counterfactualPath.frames;
    assertEquals(neighbors, found);
    assertEquals(["neighbors" in told, "neighbours" in told], [true, false]);
    // What was asked for then, in the words of then.
    assertEquals(data.counterfactualPath.provenance.options, { neighbours: 1 });
  }));

Deno.test("options of 0.1 start a job of today again; those of a probe of others stay as they are", () =>
  withHomeOfBefore(async (ask, [, , , known, unknown]) => {
    const { data } = await ask(`{
      known: job(id: "${known}") { options }
      unknown: job(id: "${unknown}") { options }
    }`);
    assertEquals(data.known.options.probe, { svm: { standardize: false } });
    assertEquals(data.unknown.options.probe, { mine: { standardise: false } });
  }));

Deno.test("the API answers a name of 0.1 with that of today", () =>
  withHomeOfBefore(async (ask) => {
    const fit = '{ codes: "codes-0123456789abcdef", probe: { svm: { standardise: true } } }';
    const answers = [
      [`trainProbe(input: ${fit})`, 'Did you mean "standardize"'],
      [
        `nearestImages(input: { probe: "probe-1", index: 0, distance: STANDARDISED })`,
        'Did you mean the enum value "STANDARDIZED"',
      ],
      [
        `startJob(input: { task: "trainProbe", options: ${fit} })`,
        '"standardise" is now called "standardize"',
      ],
    ];
    for (const [call, expected] of answers) {
      const { data, errors } = await ask(
        `mutation { told: ${call} { errors { message } } }`,
      );
      const told = [data?.told?.errors[0].message, ...errors?.map(({ message }) => message) ?? []]
        .join("\n");
      assertStringIncludes(told, expected);
    }
  }));
