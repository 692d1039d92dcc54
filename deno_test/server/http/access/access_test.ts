/** Who may do what: keys, scopes, sessions, other origins, and how many jobs at a time. */

import { CountergradeError } from "@countergrade/countergrade";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { until } from "../../../until.ts";
import { ApiKeys, newKey } from "../../../../server/http/access/api_keys.ts";
import { Authenticator } from "../../../../server/http/access/authentication.ts";
import { versionOf } from "../../../../server/http/dataset_pictures.ts";
import { serve } from "../../../../server/main.ts";
import {
  type Answer,
  post,
  streamOf,
  TOYS,
  type ToyServer,
  withToyServer,
} from "../../toy_server.ts";

const keys = {
  reader: newKey("reader", "read"),
  runner: newKey("runner", "read,run"),
  blind: newKey("blind", "run,admin"),
  other: newKey("other", "read,run"),
  admin: newKey("admin", "read,run,admin"),
};
const lines = Object.values(keys).map(({ line }) => line).join("\n");
const authenticator = new Authenticator({ keys: ApiKeys.parse(lines) });

const bearer = (name: keyof typeof keys) => ({ authorization: `Bearer ${keys[name].secret}` });

const START =
  "mutation($n: Int) { answer: countUp(input: { steps: $n, delay: 50 }) { job { __typename id } errors { __typename code message } } }";
const CANCEL =
  "mutation($id: ID!) { answer: cancelJob(id: $id) { job { __typename } errors { __typename code message } } }";

async function ask(
  { app }: ToyServer,
  headers: Record<string, string>,
  query: string,
  variables = {},
): Promise<Answer & { status: number }> {
  const response = await app.fetch(post(query, variables, headers));
  return { status: response.status, ...await response.json() };
}

const bars = ({ compute }: ToyServer) => compute.host.openDataset("bars");

const get = (path: string, headers: Record<string, string> = {}, method = "GET") =>
  new Request(`http://localhost${path}`, { headers, method });

Deno.test("without a known key nothing but the page and the signs of life is answered", () =>
  withToyServer(async (server) => {
    const { app } = server;
    for (const authorization of ["", "Bearer nope", `Basic ${keys.reader.secret}`, "Bearer"]) {
      const refused = await app.fetch(post("{ __typename }", {}, { authorization }));
      assertEquals(refused.status, 401);
      assertEquals(refused.headers.get("www-authenticate"), "Bearer");
      assertEquals((await refused.json()).errors[0].extensions, { code: "UNAUTHENTICATED" });
    }
    for (const path of ["/blobs/x", "/datasets/bars/val/0.png"]) {
      assertEquals((await app.fetch(get(path))).status, 401, path);
    }
    for (const path of ["/", "/page.js", "/health", "/ready", "/showcase/index.json"]) {
      assertEquals((await app.fetch(get(path))).status, 200, path);
    }
    assertEquals((await app.fetch(get("/datasets/bars/val/0.png", bearer("reader")))).status, 200);
    const { data } = await ask(server, bearer("reader"), "{ datasets { id } }");
    assertEquals(data.datasets, [{ id: "bars" }]);
    const { blobs, store } = server.compute.workspace;
    const blob = await blobs.write(new Uint8Array(3), "png");
    await store.access.grant(blob, "key:reader");
    const picture = "/datasets/bars/val/0.png?v=" + versionOf(await bars(server));
    for (const path of [`/blobs/${blob}`, picture]) {
      const { status, headers, body } = await app.fetch(get(path, bearer("reader")));
      await body?.cancel();
      const caching = "private, max-age=31536000, immutable";
      assertEquals([status, headers.get("cache-control")], [200, caching]);
      assertStringIncludes(headers.get("vary")!, "authorization, cookie");
    }
    const answer = await app.fetch(post("{ __typename }", {}, bearer("reader")));
    await answer.body?.cancel();
    assertEquals(answer.headers.get("cache-control"), "no-store");
  }, { authenticator }));

Deno.test("reading, running and administering are scopes of their own", () =>
  withToyServer(async (server) => {
    for (const text of [START, CANCEL, "subscription { countUp { number } }"]) {
      const query = text.replace("$id: ID!", '$id: ID = "job-1"').replace("id: $id", "id: $id");
      const { status, errors } = await ask(server, bearer("reader"), query);
      assertEquals([status, errors?.[0].extensions?.code], [403, "FORBIDDEN"], text);
      assertStringIncludes(errors![0].message, "scope run, key:reader has read");
    }
    const hidden = "subscription { ...S } fragment S on Subscription { countUp { number } }";
    assertEquals((await ask(server, bearer("reader"), hidden)).status, 403);
    assertEquals(
      (await ask(server, bearer("reader"), "{ jobs { nodes { id } } }")).data.jobs.nodes,
      [],
    );

    const { data: { answer: { job } } } = await ask(server, bearer("runner"), START, { n: 9000 });
    assertEquals(job.__typename, "CountUpJob");
    const watching = await server.app.fetch(
      post(`subscription { jobEvents(id: "${job.id}") { number } }`, {}, {
        ...bearer("reader"),
        accept: "text/event-stream",
      }),
    );
    assertEquals(watching.status, 200);
    await watching.body!.cancel();

    const stranger = await ask(server, bearer("other"), CANCEL, job);
    assertEquals(stranger.data.answer.errors[0].__typename, "NotFoundError");
    // Who asks for the same sees the job, and yet it is another's.
    assertEquals(
      (await ask(server, bearer("other"), START, { n: 9000 })).data.answer.job.id,
      job.id,
    );
    const others = await ask(server, bearer("other"), CANCEL, job);
    const [forbidden] = others.data.answer.errors;
    assertEquals([forbidden.__typename, forbidden.code], ["ForbiddenError", "FORBIDDEN"]);
    assertStringIncludes(forbidden.message, "scope admin");
    assertEquals(
      (await ask(server, bearer("runner"), CANCEL, job)).data.answer.job.__typename,
      "CountUpJob",
    );
    const { data: { answer: second } } = await ask(server, bearer("runner"), START, { n: 9001 });
    assertEquals(
      (await ask(server, bearer("admin"), CANCEL, second.job)).data.answer.job.__typename,
      "CountUpJob",
    );
  }, { authenticator }));

Deno.test("a key that may not read gets nothing from any route that needs it", () =>
  withToyServer(async ({ app, compute }) => {
    const { blobs, store } = compute.workspace;
    const blob = await blobs.write(new TextEncoder().encode("{}"), "json");
    await store.access.grant(blob, "key:reader");
    const paths = [`/blobs/${blob}`, "/datasets/bars/val/0.png", "/metrics"];
    for (
      const request of [
        ...paths.map((path) => get(path, bearer("blind"))),
        post("{ __typename }", {}, bearer("blind")),
      ]
    ) {
      const refused = await app.fetch(request);
      assertEquals(refused.status, 403, request.url);
      const [error] = (await refused.json()).errors;
      assertEquals(error.extensions, { code: "FORBIDDEN" });
      assertStringIncludes(error.message, "scope read, key:blind has run");
    }
    for (const path of paths) {
      const allowed = await app.fetch(get(path, bearer("reader")));
      assertEquals(allowed.status, 200, path);
      await allowed.body!.cancel();
    }
  }, { authenticator }));

Deno.test("a session is a cookie that no script reads; it ends with the key, and cannot be made up", () =>
  withToyServer(async ({ app }) => {
    assertEquals((await app.fetch(get("/session", {}, "POST"))).status, 401);
    const opened = await app.fetch(get("/session", bearer("runner"), "POST"));
    assertEquals(opened.status, 204);
    const set = opened.headers.get("set-cookie")!;
    for (const part of ["HttpOnly", "SameSite=Strict", "Path=/"]) assertStringIncludes(set, part);
    assert(!set.includes(keys.runner.secret));
    const cookie = set.split(";")[0];
    const status = async (value: string) =>
      (await app.fetch(post("{ __typename }", {}, { cookie: value }))).status;
    assertEquals(await status(`a=b; ${cookie}; c=d`), 200);
    const [name, token] = cookie.split("=");
    for (
      const forged of [`${cookie}0`, `${name}=${"0".repeat(64)}`, `${name}=`, name, `x${cookie}`]
    ) {
      assertEquals(await status(forged), 401, forged);
    }
    assert(/^[0-9a-f]{64}$/.test(token));
    // A wrong key does not fall back on a good cookie.
    const both = post("{ __typename }", {}, { cookie, authorization: "Bearer nope" });
    assertEquals((await app.fetch(both)).status, 401);

    const https = { ...bearer("runner"), "x-forwarded-proto": "https" };
    const safe = await app.fetch(get("/session", https, "POST"));
    assertStringIncludes(safe.headers.get("set-cookie")!, "; Secure");
    const other = (await app.fetch(get("/session", bearer("runner"), "POST"))).headers;
    const closed = await app.fetch(get("/session", { cookie }, "DELETE"));
    assertStringIncludes(closed.headers.get("set-cookie")!, "Max-Age=0");
    assertEquals(await status(cookie), 401);
    assertEquals(await status(other.get("set-cookie")!.split(";")[0]), 200);
    assertEquals((await app.fetch(get("/session", {}, "DELETE"))).status, 204);
    assertEquals((await app.fetch(get("/session"))).status, 405);
  }, { authenticator }));

Deno.test("only pages of listed origins may use the API, without cookies", () =>
  withToyServer(async ({ app }) => {
    const ask = (origin: string) =>
      app.fetch(get("/graphql", { origin, "access-control-request-method": "POST" }, "OPTIONS"));
    const allowed = await ask("https://a.example");
    assertEquals(allowed.status, 204);
    assertEquals(allowed.headers.get("access-control-allow-origin"), "https://a.example");
    assertStringIncludes(allowed.headers.get("access-control-allow-headers")!, "authorization");
    assertEquals(allowed.headers.get("access-control-allow-credentials"), null);
    const refused = await ask("https://b.example");
    assertEquals(refused.status, 403);
    assertEquals(refused.headers.get("access-control-allow-origin"), null);
    assertEquals((await refused.json()).errors[0].extensions.code, "FORBIDDEN");
    for (const [origin, answer] of [["https://a.example", "https://a.example"], ["null", null]]) {
      const response = await app.fetch(post("{ __typename }", {}, { origin: origin! }));
      assertEquals(response.headers.get("access-control-allow-origin"), answer);
      assertStringIncludes(response.headers.get("vary")!, "origin");
      await response.body!.cancel();
    }
  }, { origins: ["https://a.example"] }));

Deno.test("an origin is allowed as it stands on the list, not what begins or ends like it", () =>
  withToyServer(async ({ app }) => {
    const others = [
      "https://a.example.evil.org",
      "https://a.exampl",
      "https://a.example:8443",
      "https://evil.https://a.example",
      "https://x.a.example",
      "http://a.example",
      "a.example",
      "null",
      "",
    ];
    for (const origin of others) {
      const asking = { origin, "access-control-request-method": "POST" };
      const refused = await app.fetch(get("/graphql", asking, "OPTIONS"));
      assertEquals(refused.status, 403, origin);
      const answered = await app.fetch(post("{ __typename }", {}, { origin }));
      for (const { headers, body } of [refused, answered]) {
        assertEquals(headers.get("access-control-allow-origin"), null, origin);
        await body?.cancel();
      }
    }
  }, { origins: ["https://a.example"] }));

Deno.test("without a list no page of another origin may use the API, a file's neither", () =>
  withToyServer(async ({ app }) => {
    for (const origin of ["https://a.example", "null"]) {
      const asking = { origin, "access-control-request-method": "POST" };
      const refused = await app.fetch(get("/graphql", asking, "OPTIONS"));
      const answered = await app.fetch(post("{ __typename }", {}, { origin }));
      assertEquals(refused.status, 403, origin);
      for (const { headers, body } of [refused, answered]) {
        assertEquals(headers.get("access-control-allow-origin"), null, origin);
        await body?.cancel();
      }
    }
  }));

Deno.test("a client has a hundred jobs at a time unless said otherwise", () =>
  withToyServer(async ({ app }) => {
    const start = async (n: number) =>
      (await (await app.fetch(post(START, { n }), "1.1.1.1")).json()).data.answer;
    const started = await Promise.all(Array.from({ length: 100 }, (_, n) => start(9000 + n)));
    assertEquals(started.filter(({ job }) => job?.__typename !== "CountUpJob"), []);
    const [refused] = (await start(9100)).errors;
    assertEquals(refused.code, "LIMIT");
    assertStringIncludes(refused.message, "at most 100 at a time");
  }));

Deno.test("a client has so many jobs at a time; what is stored or under way does not count", () =>
  withToyServer(async (server) => {
    const from = async (address: string, n: number) => {
      const response = await server.app.fetch(post(START, { n }), address);
      return (await response.json()).data.answer;
    };
    const { job: first } = await from("1.1.1.1", 9001);
    assertEquals((await from("1.1.1.1", 9002)).job.__typename, "CountUpJob");
    const [refused] = (await from("1.1.1.1", 9003)).errors;
    assertEquals([refused.__typename, refused.code], ["LimitError", "LIMIT"]);
    assertStringIncludes(refused.message, "at most 2 at a time, 2 are queued or running");
    assertEquals((await from("1.1.1.1", 9001)).job.id, first.id);
    const { job: other } = await from("2.2.2.2", 9003);
    assertEquals(other.__typename, "CountUpJob");
    const answer = await server.app.fetch(post(CANCEL, { id: first.id }), "1.1.1.1");
    await answer.body!.cancel();
    await until(async () => (await server.compute.job(first.id)).state === "cancelled");
    assertEquals((await from("1.1.1.1", 9004)).job.__typename, "CountUpJob");
  }, { maxJobs: 2 }));

Deno.test("a server that others can reach needs keys, or to be told that none are wanted", async () => {
  const home = await Deno.makeTempDir();
  const options = { port: 0, host: "0.0.0.0", home, plugins: TOYS };
  await assertRejects(() => serve(options), CountergradeError, "--api-keys FILE");
  assertEquals(await Array.fromAsync(Deno.readDir(home)), []);
  await assertRejects(
    () => serve({ ...options, apiKeys: `${home}/none` }),
    CountergradeError,
    "Cannot read the keys",
  );
  await assertRejects(
    () => serve({ ...options, noAuth: true, origins: ["https://a.example/"] }),
    CountergradeError,
    "expected an origin",
  );
  const file = `${home}/keys`;
  await Deno.writeTextFile(file, lines);
  {
    await using server = await serve({ ...options, apiKeys: file });
    const url = `http://127.0.0.1:${new URL(server.url).port}/graphql`;
    const body = '{"query":"{__typename}"}';
    const headers = { "content-type": "application/json" };
    const send = async (more = {}) => {
      const response = await fetch(url, { method: "POST", headers: { ...headers, ...more }, body });
      await response.body!.cancel();
      return response.status;
    };
    assertEquals([await send(), await send(bearer("reader"))], [401, 200]);
  }
  await Deno.remove(home, { recursive: true });
});

Deno.test("a key that is removed from the file ends at once, with its sessions and streams", async () => {
  const home = await Deno.makeTempDir();
  const file = `${home}/keys`;
  await Deno.writeTextFile(file, lines);
  const { error } = console;
  console.error = () => {};
  try {
    await using server = await serve({
      port: 0,
      host: "127.0.0.1",
      home,
      plugins: TOYS,
      apiKeys: file,
      deadline: 200,
    });
    const ask = async (headers: HeadersInit) => {
      const url = `${server.url}graphql`;
      const body = '{"query":"{__typename}"}';
      const all = { "content-type": "application/json", ...headers };
      const response = await fetch(url, { method: "POST", headers: all, body });
      await response.body!.cancel();
      return response.status;
    };
    const opened = await fetch(`${server.url}session`, {
      method: "POST",
      headers: bearer("other"),
    });
    const cookie = opened.headers.get("set-cookie")!.split(";")[0];
    const query = "subscription { event: countUp(input: { steps: 9000, delay: 20 }) { number } }";
    const follow = async (name: "other" | "runner") =>
      streamOf(
        await fetch(
          `${server.url}graphql`,
          post(query, {}, { ...bearer(name), accept: "text/event-stream" }),
        ),
      );
    const [gone, kept] = [await follow("other"), await follow("runner")];
    await gone.next();
    assertEquals([await ask(bearer("other")), await ask({ cookie })], [200, 200]);

    await Deno.writeTextFile(file, lines.replace(/^other .*$/m, ""));
    // Ends when the file's watcher has read it: there is nothing else to wait for.
    await gone.rest();
    assertEquals([await ask(bearer("other")), await ask({ cookie })], [401, 401]);
    assertEquals(await ask(bearer("runner")), 200);
    assert(await kept.next());

    await Deno.writeTextFile(file, lines);
    await server.reloadKeys();
    assertEquals([await ask(bearer("other")), await ask({ cookie })], [200, 200]);
    await kept.cancel();
    const stored = new TextDecoder("latin1").decode(await Deno.readFile(`${home}/sessions.db`));
    assert(!stored.includes(cookie.split("=")[1]));
    if (Deno.build.os !== "windows") {
      assertEquals((await Deno.stat(`${home}/sessions.db`)).mode! & 0o077, 0);
    }
  } finally {
    console.error = error;
  }
  await Deno.remove(home, { recursive: true });
});

Deno.test("keys may not lie where tasks read their data", async () => {
  const data = await Deno.makeTempDir();
  const home = await Deno.makeTempDir();
  await Deno.mkdir(`${data}/below`);
  await Deno.mkdir(`${home}/datasets`);
  const options = { port: 0, host: "127.0.0.1", home, plugins: TOYS, data };
  for (const apiKeys of [`${data}/keys`, `${data}/below/keys`, `${home}/datasets/keys`]) {
    await Deno.writeTextFile(apiKeys, lines);
    await assertRejects(() => serve({ ...options, apiKeys }), CountergradeError, "data folder");
  }
  const beside = `${data}-keys`;
  await Deno.writeTextFile(beside, lines);
  await (await serve({ ...options, apiKeys: beside }))[Symbol.asyncDispose]();
  for (const path of [data, home, beside]) await Deno.remove(path, { recursive: true });
});
