/** The typed client: its types are those of the schema, and it comes through with broken connections. */

import { decode } from "../../core/formats/png/png.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { typesOf } from "../../examples/generate_types.ts";
import { ask, follow, probe, savePath, start, upload } from "../../examples/typed_client.ts";
import { FinishedPathDocument } from "../../examples/typed_client_types.ts";
import { textOf } from "../source_files.ts";
import { breakLine, DISC, withDiscServer } from "./disc_server.ts";

Deno.test("the types of the typed client are those of schema and operations (else: deno task types)", async () => {
  const text = await typesOf(
    await textOf("server/schema.graphql"),
    await textOf("examples/typed_client.graphql"),
  );
  assertEquals(text, await textOf("examples/typed_client_types.ts"));
});

Deno.test("the typed client says no any and casts nothing", async () => {
  for (const file of ["typed_client.ts", "typed_client_types.ts", "generate_types.ts"]) {
    // Of what is generated the types; the class that carries them with a text casts.
    const [written] = (await textOf(`examples/${file}`)).split("export class TypedDocumentString");
    const code = written.replace(/\/\*[^]*?\*\/|\/\/.*|".*?"|`[^`]*`/g, "");
    assertEquals(code.match(/\bany\b|(?<!\* )\bas (?!const)|[^=!]!\.|<\w+>\w/g), null, file);
  }
});

Deno.test("a picture is uploaded, its path followed through broken connections, and saved", () =>
  withDiscServer(async (url, folder) => {
    await using line = breakLine(url);
    const server = { url: line.url };
    const told: string[] = [];
    const out = `${folder}/out`;
    await savePath(server, new File([DISC], "disc.png"), out, (text) => told.push(text));
    assertEquals(line.breaks, 3);
    const steps = told.filter((text) => / of /.test(text));
    assertEquals(new Set(steps).size, steps.length, "no event came twice");
    assertEquals(told.filter((text) => text.startsWith("grade ")).length, 3);
    assertStringIncludes(told.at(-1)!, "RGB to gray by BT.601; black around it to 60 × 60");
    for (const name of ["frame-0.png", "frame-2.png", "animation.png"]) {
      assertEquals(decode(await Deno.readFile(`${out}/${name}`)).width, 16);
    }
    assert("own" in JSON.parse(await Deno.readTextFile(`${out}/path.json`)));

    const input = { probe: await probe(server), dataset: "discs", targets: [0, 1] };
    const id = await start(server, input);
    const events = await Array.fromAsync(follow(server, id));
    assertEquals(events.map(({ number }) => number), events.map((_, i) => i + 1));
    assertEquals([events[0].__typename, events.at(-1)?.__typename], ["Started", "Done"]);
    const later = await Array.fromAsync(follow(server, id, { after: 4 }));
    assertEquals(later, events.slice(4));

    await assertRejects(() => upload(server, new File(["x"], "x.png")), Error, "BAD_INPUT");
    await assertRejects(() => start(server, { ...input, index: -1 }), Error, "index");
    await assertRejects(() => Array.fromAsync(follow(server, "job-0")), Error, "Cannot find job");
    assertEquals(
      (await ask(server, FinishedPathDocument, { id: "none" })).counterfactualPath,
      null,
    );
  }));

Deno.test("a server that is gone or not ready is given up on at last, one that refuses at once", async () => {
  const server = { url: "http://127.0.0.1:1/" };
  await assertRejects(
    () => Array.fromAsync(follow(server, "x", { patience: 1 })),
    Error,
    "reached 1 times",
  );
});
