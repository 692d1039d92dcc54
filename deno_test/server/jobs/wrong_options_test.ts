/** Wrong options of every kind: each is told at once, with its code and the way to it, and starts nothing. */

import { Host } from "@countergrade/countergrade";
import { installModels, Jobs, Workspace } from "@countergrade/countergrade/jobs";
import { assert, assertEquals } from "@std/assert";
import { builtins } from "../../../plugins/mod.ts";
import { createApp } from "../../../server/http/yoga.ts";
import { post } from "../toy_server.ts";

type Case = readonly [task: string, input: object, code: string, path: string];

/** Those that a probe, its encoder and a data set of 256 images per split show to be wrong. */
function casesOf(probe: string, encoder: string): Case[] {
  const path = { probe, dataset: "vertebra" };
  const fit = { codes: "nope", probe: { logistic: {} } };
  return [
    ["trainProbe", fit, "NOT_FOUND", "codes"],
    ["trainProbe", { ...fit, codes: probe }, "NOT_FOUND", "codes"],
    ["encode", { encoder: "nope", dataset: "vertebra" }, "NOT_FOUND", "encoder"],
    ["encode", { encoder, dataset: "nope" }, "NOT_FOUND", "dataset"],
    ["trainEncoder", { dataset: "nope" }, "NOT_FOUND", "dataset"],
    ["trainBaseline", { dataset: "nope" }, "NOT_FOUND", "dataset"],
    ["inspectDataset", { dataset: "nope" }, "NOT_FOUND", "dataset"],
    ["describeEncoder", { encoder: "nope" }, "NOT_FOUND", "encoder"],
    ["exportEncoder", { encoder: "nope" }, "NOT_FOUND", "encoder"],
    ["mapLatents", { codes: "nope" }, "NOT_FOUND", "codes"],
    ["mapLatents", { probe, path: "nope" }, "NOT_FOUND", "path"],
    ["nearestImages", { ...path, codes: "nope" }, "NOT_FOUND", "codes"],
    ["grade", { ...path, indices: [0], probe: "nope" }, "NOT_FOUND", "probe"],
    ["grade", { ...path, indices: [0], probe: encoder }, "NOT_FOUND", "probe"],
    ["grade", { ...path, indices: [0], dataset: "nope" }, "NOT_FOUND", "dataset"],
    ["grade", { probe, image: "nope" }, "NOT_FOUND", "image"],
    ["grade", { probe, image: probe }, "NOT_FOUND", "image"],
    ["grade", { ...path, split: "nope", indices: [0] }, "BAD_INPUT", "split"],
    ["grade", { ...path, indices: [0, 99999] }, "BAD_INPUT", "indices.1"],
    ["grade", { ...path, indices: [-1] }, "BAD_INPUT", "indices.0"],
    ["counterfactualPath", { ...path, probe: "nope" }, "NOT_FOUND", "probe"],
    ["counterfactualPath", { ...path, dataset: "nope" }, "NOT_FOUND", "dataset"],
    ["counterfactualPath", { ...path, split: "nope" }, "BAD_INPUT", "split"],
    ["counterfactualPath", { ...path, index: 99999 }, "BAD_INPUT", "index"],
    ["counterfactualPath", { ...path, image: "nope" }, "BAD_INPUT", "image"],
    ["counterfactualPath", { probe, image: "nope" }, "NOT_FOUND", "image"],
    ["counterfactualPath", { ...path, targets: [1], frames: 3 }, "BAD_INPUT", "frames"],
    ["counterfactualPath", { ...path, targets: [1, 999] }, "BAD_INPUT", "targets.1"],
    ["counterfactualPath", { ...path, classes: ["grade 0", "nope"] }, "BAD_INPUT", "classes.0"],
    ["counterfactualPath", { ...path, classes: ["99"] }, "BAD_INPUT", "classes.0"],
    ["counterfactualPath", { ...path, reach: 2 }, "BAD_INPUT", "reach"],
    ["counterfactualPath", { ...path, within: 1 }, "BAD_INPUT", "within"],
    ["counterfactualPath", { ...path, sampler: { name: "nope" } }, "BAD_INPUT", "sampler.name"],
    ["counterfactualPath", { ...path, closeLoop: { by: "judge" } }, "BAD_INPUT", "judge"],
    [
      "counterfactualPath",
      { ...path, judge: { network: { classifier: "nope" } } },
      "NOT_FOUND",
      "judge.network.classifier",
    ],
    [
      "counterfactualPath",
      { ...path, judge: { probe: { probe: "nope" } } },
      "NOT_FOUND",
      "judge.probe.probe",
    ],
    [
      "counterfactualPath",
      { ...path, judge: { onnx: { model: "nope" } } },
      "NOT_FOUND",
      "judge.onnx.model",
    ],
    ["compareEditors", { ...path, indices: [0, 99999] }, "BAD_INPUT", "indices.1"],
    ["compareEditors", { ...path, classes: ["nope"] }, "BAD_INPUT", "classes.0"],
    ["interpolate", { ...path, toIndex: 99999 }, "BAD_INPUT", "toIndex"],
    ["interpolate", { ...path, toIndex: 1, toSplit: "nope" }, "BAD_INPUT", "toSplit"],
    [
      "interpolate",
      { ...path, toIndex: 1, sampler: { name: "nope" } },
      "BAD_INPUT",
      "sampler.name",
    ],
    ["evaluate", { ...path, split: "nope" }, "BAD_INPUT", "split"],
    ["evaluate", { ...path, sampler: { name: "nope" } }, "BAD_INPUT", "sampler.name"],
    [
      "measureBands",
      { ...path, judge: { probe: { probe: "nope" } } },
      "NOT_FOUND",
      "judge.probe.probe",
    ],
  ];
}

Deno.test("45 wrong inputs are typed results with the path of the option, and start nothing", async () => {
  const home = await Deno.makeTempDir();
  try {
    await using host = await Host.boot(builtins);
    await using workspace = await Workspace.open(home);
    await installModels(workspace, host);
    const app = createApp({ jobs: new Jobs(host, workspace) });
    const ask = async (query: string, variables = {}) =>
      await (await app.fetch(post(query, variables))).json();
    const { data } = await ask("{ probes { nodes { id datasetId encoder { id } } } }");
    const { id, encoder } = data.probes.nodes.find(({ datasetId }: { datasetId: string }) =>
      datasetId === "vertebra"
    );
    const start = `mutation($input: StartJobInput!) {
      startJob(input: $input) { job { id } errors { code message path } } }`;
    const cases = casesOf(id, encoder.id);
    const told: unknown[] = [];
    for (const [task, options] of cases) {
      const { job, errors: [error] } =
        (await ask(start, { input: { task, options } })).data.startJob;
      told.push([task, options, job ? "started" : error.code, error?.path.join(".")]);
    }
    assertEquals(told, cases.map((one) => [...one]));
    assert(cases.length >= 43);
    assertEquals((await ask("{ jobs { totalCount } }")).data.jobs.totalCount, 0);
    await app.dispose();
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});
