/** Uploads: forms by the multipart specification, what is stored of them, and what is refused. */

import { CountergradeError, Random } from "@countergrade/countergrade";
import { encode } from "@countergrade/countergrade/formats";
import { decode } from "../../../../core/formats/png/png.ts";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { readMultipart } from "../../../../server/http/uploads/multipart.ts";
import { type Answer, type ToyServer, withToyServer } from "../../toy_server.ts";

const UPLOAD = `mutation ($file: File!) { uploadImage(file: $file) {
  image { id title width height channels depth format image { url } provenance { task inputs } }
  errors { code message path }
} }`;

const CSRF = { "x-graphql-yoga-csrf": "1" };

/** A form with one file, as browsers send it; `fields` replace what it holds. */
function formOf(file: Blob, fields: Record<string, string> = {}): FormData {
  const form = new FormData();
  const usual = {
    operations: JSON.stringify({ query: UPLOAD, variables: { file: null } }),
    map: JSON.stringify({ 0: ["variables.file"] }),
  };
  for (const [name, text] of Object.entries({ ...usual, ...fields })) form.set(name, text);
  form.set("0", file, "knee.png");
  return form;
}

async function send(
  { app }: ToyServer,
  body: FormData,
  headers: Record<string, string> = CSRF,
): Promise<Answer & { status: number }> {
  const url = "http://localhost/graphql";
  const response = await app.fetch(new Request(url, { method: "POST", headers, body }));
  return { status: response.status, ...await response.json() };
}

const PIXELS = Uint16Array.from({ length: 12 }, (_, i) => 5000 * i);
const PNG = encode(PIXELS, 4, 3, { color: "gray", depth: 16 });

Deno.test("an uploaded image becomes an artifact with an address, once per content", () =>
  withToyServer(async (server) => {
    const { data, errors } = await send(server, formOf(new Blob([PNG])));
    assertEquals(errors, undefined);
    const { id, image, provenance, ...facts } = data.uploadImage.image;
    assertEquals(facts, {
      title: "knee.png",
      width: 4,
      height: 3,
      channels: 1,
      depth: 16,
      format: "PNG",
    });
    assertEquals(provenance.task, "uploadImage");
    assertStringIncludes(provenance.inputs[0], "sha256:");
    const response = await server.app.fetch(new Request(new URL(image.url, "http://localhost")));
    assertEquals(decode(await response.bytes()).image, PIXELS);
    assertEquals((await send(server, formOf(new Blob([PNG])))).data.uploadImage.image.id, id);
    const found = await server.ask(`{
      node(id: "${id}") { __typename id }
      storedImage(id: "${id}") { title }
      storedImages { nodes { id } }
    }`);
    assertEquals(found.data.node, { __typename: "StoredImage", id });
    assertEquals(found.data.storedImage.title, "knee.png");
    assertEquals(found.data.storedImages.nodes, [{ id }]);
  }));

Deno.test("several uploads at once are read one after the other", () =>
  withToyServer(async (server) => {
    const images = [1, 2, 3].map((value) =>
      encode(new Uint8Array(4).fill(value), 2, 2, { color: "gray" })
    );
    const answers = await Promise.all(
      [...images, new Uint8Array([1])].map((image) => send(server, formOf(new Blob([image])))),
    );
    const ids = answers.map(({ data }) => data.uploadImage.image?.id);
    assertEquals(new Set(ids).size, 4);
    assertEquals(ids[3], undefined);
    assertEquals((await send(server, formOf(new Blob([PNG])))).data.uploadImage.image.width, 4);
  }));

/** A form that never comes. */
const idle = () =>
  new Request("http://localhost/graphql", {
    method: "POST",
    headers: { ...CSRF, "content-type": "multipart/form-data; boundary=x" },
    body: new ReadableStream({ pull: () => new Promise(() => {}) }, { highWaterMark: 0 }),
  });

Deno.test("clients that begin forms and send nothing take no place", () =>
  withToyServer(async (server) => {
    for (let i = 0; i < 20; i++) server.app.fetch(idle(), "6.6.6.6");
    const { status, data } = await send(server, formOf(new Blob([PNG])));
    assertEquals([status, data?.uploadImage.image.width], [200, 4]);
  }));

Deno.test("more forms than can be held are sent away, of one client before others, and free their place", () =>
  withToyServer(async (server) => {
    const upload = (address: string) => {
      const body = formOf(new Blob([PNG]));
      const request = new Request("http://localhost/graphql", {
        method: "POST",
        headers: CSRF,
        body,
      });
      return server.app.fetch(request, address);
    };
    const clients = [
      ...Array(6).fill("1.1.1.1"),
      ...Array(3).fill("2.2.2.2"),
      "3.3.3.3",
      "4.4.4.4",
    ];
    const answers = await Promise.all(clients.map(upload));
    const status = answers.map((response) => response.status);
    assertEquals(status, [200, 200, 200, 200, 503, 503, 200, 200, 200, 200, 503]);
    assertEquals(answers[4].headers.get("retry-after"), "1");
    for (const answer of answers) await answer.body?.cancel();
    const later = await upload("1.1.1.1");
    assertEquals(later.status, 200);
    await later.body?.cancel();
  }));

Deno.test("what is no picture or too large is a typed error at `file`", () =>
  withToyServer(async (server) => {
    const refused = async (bytes: Uint8Array<ArrayBuffer>) => {
      const { data } = await send(server, formOf(new Blob([bytes])));
      const { code, path, message } = data.uploadImage.errors[0];
      assertEquals([code, path], ["BAD_INPUT", ["file"]]);
      return message;
    };
    assertStringIncludes(await refused(new TextEncoder().encode("<svg/>")), "expected PNG");
    const header = encode(new Uint8Array(1), 1, 1, { color: "gray" });
    new DataView(header.buffer).setUint32(16, 10_000);
    new DataView(header.buffer).setUint32(20, 10_000);
    assertStringIncludes(await refused(header), "10000 × 10000");
    assertStringIncludes(await refused(new Uint8Array(20_000_001)), "at most 20000000 bytes");
    const { status, errors } = await send(server, formOf(new Blob([new Uint8Array(22_000_000)])));
    assertEquals([status, errors?.[0].extensions?.code], [413, "LIMIT"]);
    assertEquals(
      (await server.ask("{ storedImages { nodes { id } } }")).data.storedImages.nodes,
      [],
    );
  }));

Deno.test("a form without the header is refused, and one that breaks the specification", () =>
  withToyServer(async (server) => {
    const bare = await send(server, formOf(new Blob([PNG])), {});
    assertEquals([bare.status, bare.errors?.[0].extensions?.code], [403, "BAD_INPUT"]);
    const file = new Blob([PNG]);
    const wrong: Record<string, string>[] = [
      { operations: "no JSON" },
      { operations: "[]" },
      { operations: "null" },
      { map: "5" },
      { map: '{"0": 5}' },
      { map: '{"0": [null]}' },
      { map: '{"0": ["query"]}' },
      {
        operations: JSON.stringify({
          query: UPLOAD,
          variables: { file: null },
          extensions: { a: null },
        }),
        map: '{"0": ["extensions.a"]}',
      },
      { map: '{"0": ["variables.other"]}' },
      { map: '{"0": ["variables.__proto__.x"]}' },
      { map: '{"1": ["variables.file"]}' },
      { map: '{"operations": ["variables.file"]}' },
      { operations: JSON.stringify({ query: UPLOAD, variables: { file: "upload:0" } }) },
    ];
    for (const fields of wrong) {
      const { status, errors } = await send(server, formOf(file, fields));
      assertEquals(
        [status, errors?.[0].extensions?.code],
        [400, "BAD_INPUT"],
        `${Object.values(fields)}`,
      );
    }
    const many = Object.fromEntries(Array.from({ length: 5 }, (_, i) => [i, ["variables.file"]]));
    assertEquals((await send(server, formOf(file, { map: JSON.stringify(many) }))).status, 413);
    const broken = await server.app.fetch(
      new Request("http://localhost/graphql", {
        method: "POST",
        headers: { ...CSRF, "content-type": "multipart/form-data; boundary=x" },
        body: "--y\r\n",
      }),
    );
    assertEquals(broken.status, 400);
    await broken.body?.cancel();
    assertEquals(server.logged, []);
    // A name of a file in plain JSON is none.
    const named = await server.ask(UPLOAD, { file: "upload:0" });
    assertEquals(named.data.uploadImage.errors[0].path, ["file"]);
    const text = await server.ask(UPLOAD, { file: "knee.png" });
    assertStringIncludes(text.errors![0].message, "multipart");
  }));

Deno.test("a subscription takes no files, which it would hold as long as it lasts", () =>
  withToyServer(async (server) => {
    const operations = JSON.stringify({
      query: 'subscription { jobEvents(id: "none") { number } }',
      variables: { file: null },
    });
    const form = formOf(new Blob([PNG]), { operations });
    const headers = { ...CSRF, accept: "application/json, text/event-stream" };
    const { errors } = await send(server, form, headers);
    assertStringIncludes(errors![0].message, "Cannot subscribe with files");
    assertEquals(errors![0].extensions?.code, "BAD_INPUT");
  }));

Deno.test("a form of four files has each in its place, by a name of ours", async () => {
  const form = new FormData();
  const places = ["a", "b", "c", "d"];
  form.set("operations", JSON.stringify({ variables: { files: places.map(() => null), x: 1 } }));
  form.set(
    "map",
    JSON.stringify(Object.fromEntries(places.map((p, i) => [p, [`variables.files.${i}`]]))),
  );
  for (const name of places) form.set(name, new File([name], `${name}.png`));
  const sent = new Request("http://localhost/graphql", { method: "POST", body: form });
  const { request, files } = await readMultipart(sent, await sent.clone().bytes());
  const names = ["upload:0", "upload:1", "upload:2", "upload:3"];
  assertEquals(await request.json(), { variables: { files: names, x: 1 } });
  assertEquals(request.headers.get("content-type"), "application/json");
  assertEquals([...files.keys()], names);
  assertEquals(await Promise.all(names.map((name) => files.get(name)!.text())), places);
});

Deno.test("whatever a form holds, it is read or refused with a typed error", async () => {
  const random = new Random(1);
  const boundary = "line";
  const pick = <T>(items: readonly T[]) => items[random.integer(items.length)];
  const scraps = [
    "null",
    "[]",
    '{"variables":{"file":null}}',
    '{"variables":null}',
    "{",
    '"x"',
    "5",
  ];
  const maps = [
    '{"0":["variables.file"]}',
    '{"0":["__proto__.a"]}',
    '{"0":{}}',
    '{"0":[[]]}',
    '{"a":1}',
  ];
  const part = (name: string, text: string) =>
    `--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${text}\r\n`;
  const seen = { read: 0, refused: 0 };
  for (let i = 0; i < 500; i++) {
    const operations = pick([...scraps, scraps[2], scraps[2]]);
    const map = pick([...scraps, ...maps, maps[0], maps[0], maps[0]]);
    const file = 'content-disposition: form-data; name="0"; filename="x"\r\n\r\nbytes\r\n';
    const body = new TextEncoder().encode(
      `${part("operations", operations)}${
        part("map", map)
      }--${boundary}\r\n${file}--${boundary}--\r\n`,
    );
    // Half of them are damaged as well.
    if (i % 2) {
      for (let k = 0; k < 3; k++) body[random.integer(body.length)] = random.integer(256);
    }
    const cut = i % 7 ? body : body.slice(0, random.integer(body.length));
    const request = new Request("http://localhost/graphql", {
      method: "POST",
      headers: { "content-type": `multipart/form-data; boundary=${boundary}` },
      body: cut,
    });
    try {
      const { files } = await readMultipart(request, cut);
      assertEquals([...files.keys()].every((name) => name.startsWith("upload:")), true);
      seen.read++;
    } catch (error) {
      if (!(error instanceof CountergradeError)) throw error;
      seen.refused++;
    }
  }
  assert(seen.read >= 10 && seen.refused > 100, JSON.stringify(seen));
});
