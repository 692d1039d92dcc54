/** Paths by the API: streamed, stored, exported, and the evidence of their frames. */

import { readNpy } from "@countergrade/countergrade/formats";
import { pngChunks } from "../../../../core/formats/png/chunks.ts";
import { assert, assertEquals } from "@std/assert";
import { withToyServer } from "../../toy_server.ts";
import { EVENT, probeOf } from "../../toy_runs.ts";

Deno.test("a path streams previews and frames, and is found again", () =>
  withToyServer(async (server) => {
    const probe = await probeOf(server);
    const events = await (await server.follow(
      `subscription($probe: ID!) {
        event: counterfactualPath(input: { probe: $probe, dataset: "bars", index: 2 }) { ${EVENT} }
      }`,
      { probe },
    )).rest();
    const kinds = events.map((event) => event.__typename);
    assert(kinds.indexOf("Preview") < kinds.indexOf("PathFrame"));
    assertEquals(kinds.filter((kind) => kind === "PathFrame").length, 4);
    const done = events.at(-1) as unknown as { job: { artifacts: { id: string }[] } };
    const { data } = await server.ask(`{
      counterfactualPath(id: "${done.job.artifacts[0].id}") {
        label split index warnings latent { grade } metrics
        original { url } reconstruction { dataUrl } strip { url }
        frames { index targetGrade latentGrade imageGrade imageProbability percentile image { url } }
        provenance { task plugins { id version } inputs }
      }
      paths { nodes { id } pageInfo { hasNextPage endCursor } }
    }`);
    const path = data.counterfactualPath;
    assertEquals([path.label, path.split, path.index], [2, "val", 2]);
    assertEquals(path.frames.map((frame: { targetGrade: number }) => frame.targetGrade), [
      0,
      1,
      2,
      3,
    ]);
    assertEquals(path.warnings.length, 1);
    assert(path.reconstruction.dataUrl.startsWith("data:image/png;base64,iVBOR"));
    assertEquals(path.provenance.plugins, [{ id: "toy-paths", version: "1.0.0" }]);
    assertEquals(data.paths.nodes.length, 1);
    assertEquals(data.paths.pageInfo.hasNextPage, false);
  }));

Deno.test("a path is exported as an animation with a delay of one's own, and as JSON", () =>
  withToyServer(async (server) => {
    const probe = await probeOf(server);
    await (await server.follow(
      `subscription($probe: ID!) {
        event: counterfactualPath(input: { probe: $probe, dataset: "bars", delay: 0 }) { number }
      }`,
      { probe },
    )).rest();
    const { data } = await server.ask(`{
      paths { nodes { animation { url } slow: animation(delay: 900) { url } json { name url } } }
    }`);
    const [{ animation, slow, json }] = data.paths.nodes;
    const get = async (url: string) =>
      await (await server.app.fetch(new Request(`http://localhost${url}`))).bytes();
    const framesOf = async (url: string) => {
      const frames = pngChunks(await get(url)).filter(({ type }) => type === "fcTL");
      return { frames: frames.length, delay: frames[0].content[20] * 256 + frames[0].content[21] };
    };
    assertEquals(await framesOf(animation.url), { frames: 4, delay: 500 }, "the stored one");
    assertEquals(await framesOf(slow.url), { frames: 6, delay: 900 }, "made of the frames");
    assertEquals(json.name, "path.json");
    assertEquals(JSON.parse(new TextDecoder().decode(await get(json.url))).dataset, "bars");
    const fast = await server.ask("{ paths { nodes { animation(delay: 9) { url } } } }");
    assertEquals(fast.errors?.[0].extensions?.optionPath, ["delay"]);
  }));

Deno.test("a frame has its difference as numbers, and pictures of the real images near it from the data set", () =>
  withToyServer(async (server) => {
    const probe = await probeOf(server);
    const events = await (await server.follow(
      `subscription($probe: ID!) {
        event: counterfactualPath(input: { probe: $probe, dataset: "bars", index: 2, delay: 0 }) { ${EVENT} }
      }`,
      { probe },
    )).rest();
    const done = events.at(-1) as unknown as {
      jobId: string;
      job: { artifacts: { id: string }[] };
    };
    const { data, errors } = await server.ask(`{
      counterfactualPath(id: "${done.job.artifacts[0].id}") {
        differenceRange toSplit toIndex
        frames {
          targetScore lengthRatio attempts met fraction
          differenceValues { name url } differenceMin differenceMax
          neighbors { datasetId split index label grade distance image { url } }
        }
      }
      job(id: "${done.jobId}") {
        ... on CounterfactualPathJob { result { near { index label image { url } } } }
      }
    }`);
    assertEquals(errors, undefined);
    const { frames, ...path } = data.counterfactualPath;
    assertEquals(path, { differenceRange: 0.5, toSplit: "val", toIndex: 7 });
    const { neighbors: [near, gone], differenceValues, ...figures } = frames[3];
    assertEquals(figures, {
      targetScore: 1.5,
      lengthRatio: 1,
      attempts: 2,
      met: false,
      fraction: null,
      differenceMin: -0.30000000000000004,
      differenceMax: 0.6000000000000001,
    });
    const get = async (url: string) =>
      await server.app.fetch(new Request(`http://localhost${url}`));
    assertEquals(differenceValues.name, "differenceValues.npy");
    const values = await get(differenceValues.url);
    assertEquals(values.headers.get("content-type"), "application/octet-stream");
    assertEquals(readNpy(new Uint8Array(await values.arrayBuffer())).data, Float32Array.of(3));
    assertEquals([near.datasetId, near.split, near.index, near.label], ["bars", "train", 7, 3]);
    assertEquals((await get(near.image.url)).headers.get("content-type"), "image/png");
    assertEquals([gone.datasetId, gone.label, gone.image], ["gone", 0.5, null]);
    const [found, lost] = data.job.result.near;
    assert(found.image.url.startsWith("/datasets/bars/test/1.png?v="));
    assertEquals([lost.index, lost.image], [99, null]);
  }));
