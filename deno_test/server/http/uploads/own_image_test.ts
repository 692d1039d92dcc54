/** From a picture file to its path: by upload and over the API, and as a file on the command line. */

import { encode } from "@countergrade/countergrade/formats";
import { builtins } from "@countergrade/countergrade/plugins";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { DISC } from "../../../examples/disc_server.ts";
import { openLab, writeDiscs } from "../../../../examples/own_dataset.ts";
import { serve } from "../../../../server/main.ts";
import { printed } from "../../cli/printed.ts";

Deno.test("a picture of one's own becomes a path, uploaded or as a file of the command line", {
  timeout: 120_000,
}, async () => {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    await writeDiscs(folder);
    let probe = "";
    {
      await using lab = await openLab(folder, builtins);
      const dataset = "discs";
      const pca = { encoder: { pca: { components: 8 } } };
      const { encoder } = await lab.run("trainEncoder", { dataset, ...pca });
      const { codes } = await lab.run("encode", { encoder, dataset });
      probe = String((await lab.run("trainProbe", { codes, probe: { logistic: {} } })).probe);
    }
    const home = ["--home", `${folder}/home`, "--data", folder, "--json"];
    const file = `${folder}/disc.png`;
    await Deno.writeFile(file, DISC);
    const command = [
      "counterfactual-path",
      "--probe",
      probe,
      "--image",
      file,
      "--targets",
      "0,1",
      ...home,
    ];
    const { code, text } = await printed([...command, "--out", `${folder}/out`]);
    assertEquals(code, 0, text);
    const { adaptation, image, path } = JSON.parse(text);
    assertStringIncludes(adaptation, "black around it to 60 × 60; resized from 60 × 60 to");
    assert((await Deno.stat(`${folder}/out/image.png`)).isFile);
    // The stored path answers as long as the file stays as it is.
    assertEquals(JSON.parse((await printed(command)).text).path, path);
    await Deno.writeFile(file, encode(new Uint8Array(12), 2, 2, { color: "rgb" }));
    assert(JSON.parse((await printed(command)).text).path !== path);
    await Deno.writeFile(file, new Uint8Array(10));
    const wrong = await printed(command);
    assertEquals([wrong.code, JSON.parse(wrong.text).error.path], [1, ["image"]]);
    const both = await printed([...command, "--dataset", "discs"]);
    assertEquals(both.code, 2);
    assertStringIncludes(both.text, "either a data set or an image");

    await using server = await serve({
      port: 0,
      host: "127.0.0.1",
      home: `${folder}/home`,
      data: folder,
    });
    const send = async (body: FormData | string) => {
      const headers: Record<string, string> = typeof body === "string"
        ? { "content-type": "application/json" }
        : { "x-graphql-yoga-csrf": "1" };
      const response = await fetch(`${server.url}graphql`, { method: "POST", headers, body });
      const { data, errors } = await response.json();
      assertEquals(errors, undefined);
      return data;
    };
    const form = new FormData();
    const query = "mutation ($file: File!) { uploadImage(file: $file) { image { id } } }";
    form.set("operations", JSON.stringify({ query, variables: { file: null } }));
    form.set("map", '{"0": ["variables.file"]}');
    form.set("0", new Blob([DISC]), "disc.png");
    const { id } = (await send(form)).uploadImage.image;
    assert(id !== image, "another provenance");
    const started = await send(JSON.stringify({
      query: `mutation ($probe: ID!, $image: ID!) {
        counterfactualPath(input: { probe: $probe, image: $image, targets: [0, 1] }) {
          job { id } errors { message path }
        }
      }`,
      variables: { probe, image: id },
    }));
    const events = await fetch(`${server.url}graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "text/event-stream" },
      body: JSON.stringify({
        query: `subscription { jobEvents(id: "${started.counterfactualPath.job.id}") {
          __typename ... on Failed { error { message } } } }`,
      }),
    });
    assertStringIncludes(await events.text(), '"Done"');
    const { paths } = await send(JSON.stringify({
      query: `{ paths(first: 1) { nodes {
        datasetId split index label adaptation ownImage { id width height title } original { url }
      } } }`,
    }));
    const { original, ...told } = paths.nodes[0];
    assertEquals(told, {
      datasetId: null,
      split: null,
      index: null,
      label: null,
      adaptation,
      ownImage: { id, width: 60, height: 40, title: "disc.png" },
    });
    assert(original.url.startsWith("/blobs/"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
