/** Results outlive the plugins that made them: they can be read, and say what is missing. */

import { Host } from "@countergrade/countergrade";
import { JobRunner, Jobs, Workspace } from "@countergrade/countergrade/jobs";
import { builtins } from "@countergrade/countergrade/plugins";
import { assertEquals, assertStringIncludes } from "@std/assert";
import family from "../examples/custom_family.ts";
import probe from "../examples/custom_probe.ts";
import { openLab, writeDiscs } from "../examples/own_dataset.ts";
import { createApp } from "../server/http/yoga.ts";
import { countergrade } from "./document_commands.ts";
import { post } from "./server/toy_server.ts";

const folder = await Deno.realPath(await Deno.makeTempDir());
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
const home = `${folder}/home`;
const dataset = "discs";

/** A probe and a report, made with plugins that nobody has afterwards. */
const made = await (async () => {
  await writeDiscs(folder);
  await using lab = await openLab(folder, [...builtins, probe, family]);
  const { encoder } = await lab.run("trainEncoder", { dataset, encoder: { pca: {} } });
  const { codes } = await lab.run("encode", { encoder, dataset });
  const trained = await lab.run("trainProbe", { codes, probe: { nearestCentroid: {} } });
  const path = await lab.run("counterfactualPath", { probe: trained.probe, dataset, index: 0 });
  const { report } = await lab.run("writeReport", { path: path.path });
  return { probe: String(trained.probe), report: String(report), path: String(path.path) };
})();

/** The same home with the built-in plugins alone. */
async function afterwards(
  test: (jobs: Jobs, ask: (query: string) => Promise<{ data: Answer }>) => Promise<void>,
) {
  await using host = await Host.boot(builtins, { roots: [folder] });
  await using workspace = await Workspace.open(home);
  const jobs = new Jobs(host, workspace);
  const app = createApp({ jobs });
  await test(jobs, async (query) => {
    const { data, errors } = await (await app.fetch(post(query))).json();
    assertEquals(errors, undefined);
    return { data };
  });
  await app.dispose();
}

// deno-lint-ignore no-explicit-any -- the shape is that of the query
type Answer = any;

Deno.test("the API shows results of plugins that are gone, and which ones are", () =>
  afterwards(async (_jobs, ask) => {
    const provenance = "provenance { task plugins { id version loadedVersion } }";
    const { data } = await ask(`{
      probe(id: "${made.probe}") { plugin title files { name url } ${provenance} }
      report: node(id: "${made.report}") { __typename ... on Artifact { kind title ${provenance} } }
      counterfactualPath(id: "${made.path}") { id frames { imageGrade } }
      jobs(task: "writeReport") { edges { node { __typename state resultData } } }
    }`);
    assertEquals(data.probe.plugin, "nearestCentroid");
    assertEquals(data.probe.provenance, {
      task: "trainProbe",
      plugins: [
        { id: "@countergrade/path-tasks", version: "0.1.0", loadedVersion: "0.1.0" },
        { id: "nearest-centroid-probe", version: "1.0.0", loadedVersion: null },
      ],
    });
    assertEquals(data.report.__typename, "OtherArtifact");
    assertEquals(data.report.provenance.plugins, [
      { id: "path-reports", version: "1.0.0", loadedVersion: null },
    ]);
    assertEquals(data.counterfactualPath.id, made.path);
    const [{ node }] = data.jobs.edges;
    assertEquals([node.__typename, node.state], ["OtherJob", "DONE"]);
    assertEquals(node.resultData.report, made.report);
  }));

Deno.test("a task that needs the plugin fails with an error that names it", () =>
  afterwards(async (jobs, ask) => {
    const job = await jobs.submit("grade", { dataset, probe: made.probe, indices: [0] });
    const { store, owner } = jobs.workspace;
    const claimed = (await store.queue.claim(owner, { id: job.id }))!;
    await new JobRunner(jobs.host, jobs.workspace).run(claimed, new AbortController().signal);
    const { data } = await ask(`{ job(id: "${job.id}") { state error { code message } } }`);
    assertEquals([data.job.state, data.job.error.code], ["FAILED", "PLUGIN"]);
    assertStringIncludes(
      data.job.error.message,
      `Plugin "nearest-centroid-probe": is not loaded, and "nearestCentroid" of probes, which ${made.probe} needs`,
    );
  }));

Deno.test("so it does on the command line, and works again with the plugin", async () => {
  const command = ["grade", "--dataset", dataset, "--probe", made.probe, "--indices", "0"];
  const flags = ["--data", folder, "--home", home, "--json"];
  const failed = await countergrade([...command, ...flags, "--seed", "1"]);
  assertEquals(failed.code, 1);
  assertEquals(JSON.parse(failed.stdout).error.code, "PLUGIN");
  assertStringIncludes(failed.stdout, "nearest-centroid-probe 1.0.0");
  const plugins = ["--plugins", "builtins,examples/custom_probe.ts"];
  const worked = await countergrade([...command, ...flags, ...plugins, "--seed", "1"]);
  assertEquals([worked.code, worked.stderr], [0, ""]);
});
