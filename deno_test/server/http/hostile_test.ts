/** Malformed and hostile requests: no crash, no leak, only typed errors, and the server answers as before. */

import { Random } from "@countergrade/countergrade";
import type { LocalEventBus } from "@countergrade/countergrade/jobs";
import { assert, assertEquals } from "@std/assert";
import { serve } from "../../../server/main.ts";
import { heapInUse } from "../../memory.ts";
import { hostileRequest } from "./hostile_requests.ts";
import { type Answer, post, TOYS, withToyServer } from "../toy_server.ts";

const REQUESTS = 2_500;
const SEED = "hostile 1";
/** What all but the first fifth may leave behind, in bytes: caches of documents, which have bounds. */
const GROWTH = 20e6;

const CODES = new Set<unknown>(["BAD_INPUT", "NOT_FOUND", "LIMIT"]);

const KNOWN = "{ plugins { id } datasets { id } }";

/** The answers in a response, one or those of a stream. */
function answersIn(type: string, text: string): Answer[] {
  if (type.startsWith("application/json")) return [JSON.parse(text)];
  if (!type.startsWith("text/event-stream")) return [];
  return text.split("\n").filter((line) => /^data: ./.test(line)).map((line) =>
    JSON.parse(line.slice("data: ".length))
  );
}

Deno.test("2,500 hostile requests get typed errors only, leave nothing behind, and the server answers as before", () =>
  withToyServer(async ({ app, ask, compute, logged }) => {
    const before = await ask(KNOWN);
    const random = new Random(SEED);
    const codes = new Map<unknown, number>();
    let memory = 0;
    for (let i = 0; i < REQUESTS; i++) {
      if (i === REQUESTS / 5) memory = heapInUse();
      const request = hostileRequest(random);
      const response = await app.fetch(request);
      const text = await response.text();
      const which = `request ${i}, ${request.method} ${
        request.url.slice(0, 60)
      }: ${response.status} ${text.slice(0, 200)}`;
      assert(response.status < 500, which);
      const answers = answersIn(response.headers.get("content-type") ?? "", text);
      assert(answers.length > 0 || !request.url.endsWith("/graphql") || !text, which);
      for (const { message, extensions } of answers.flatMap(({ errors = [] }) => errors)) {
        assert(CODES.has(extensions?.code), which);
        assert(message.length < 600, which);
        codes.set(extensions?.code, (codes.get(extensions?.code) ?? 0) + 1);
      }
    }
    for (const code of CODES) assert(codes.get(code), `none of the requests got ${code}`);
    const growth = heapInUse() - memory;
    assert(growth < GROWTH, `memory grew by ${growth / 1e6} MB`);
    assertEquals(logged, []);
    // The compute thread listens for jobs, and nobody else for anything.
    const bus = compute.workspace.bus as LocalEventBus;
    assertEquals([bus.size, bus.sizeOf("queue")], [1, 1]);
    assertEquals(Object.keys(Object.prototype), []);
    assertEquals(await ask(KNOWN), before);
  }));

/** What is no HTTP, or breaks off. */
const BYTES: readonly string[] = [
  "\0\0\0\0",
  "GET / HTTP/9.9\r\n\r\n",
  `GET /${"a".repeat(200_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
  `GET /health HTTP/1.1\r\nHost: localhost\r\nX: ${"x".repeat(2_000_000)}\r\n\r\n`,
  `GET /health HTTP/1.1\r\nHost: localhost\r\n${"a: b\r\n".repeat(5_000)}\r\n`,
  "GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
  "GET /health HTTP/1.1\r\nHost: \xff\xfe\r\n\r\n",
  "GET http://[::bad/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
  "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{",
  "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
  "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /",
  "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
];

Deno.test("broken connections, headers of megabytes and bytes that are no HTTP do not disturb the server", async () => {
  const home = await Deno.makeTempDir();
  {
    await using server = await serve({ port: 0, host: "127.0.0.1", home, plugins: TOYS });
    const { hostname, port } = new URL(server.url);
    const send = async (text: string, hangUp: boolean) => {
      using connection = await Deno.connect({ hostname, port: Number(port) });
      const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
      try {
        for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
        if (hangUp) return;
        await connection.closeWrite();
        const answer = new Uint8Array(1_000);
        await connection.read(answer);
        assert(
          !/^HTTP\/1.1 5/.test(new TextDecoder().decode(answer)),
          `5xx for ${text.slice(0, 80)}`,
        );
      } catch (error) {
        // The server closes on what it does not want to read.
        const expected = [
          Deno.errors.ConnectionReset,
          Deno.errors.BrokenPipe,
          Deno.errors.NotConnected,
        ];
        if (!expected.some((kind) => error instanceof kind)) throw error;
      }
    };
    for (let i = 0; i < 2; i++) {
      await Promise.all(BYTES.flatMap((text) => [send(text, false), send(text, true)]));
    }
    const request = post(KNOWN);
    const { data } = await (await fetch(new Request(`${server.url}graphql`, request))).json();
    assertEquals(data.datasets, [{ id: "bars" }]);
  }
  await Deno.remove(home, { recursive: true });
});
