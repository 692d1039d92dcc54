/** Figures for Prometheus, and the ids and logs of requests. */

import { NotFoundError } from "@countergrade/countergrade";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { Authenticator } from "../../../server/http/access/authentication.ts";
import { ApiKeys, newKey } from "../../../server/http/access/api_keys.ts";
import { anyone } from "../../../server/http/access/caller.ts";
import { DatasetPictures } from "../../../server/http/dataset_pictures.ts";
import { ClientJobs } from "../../../server/jobs/client_jobs.ts";
import { Followers } from "../../../server/jobs/followers.ts";
import { jsonLog, withRequestId } from "../../../server/http/request_log.ts";
import { post, type ToyServer, withToyServer } from "../toy_server.ts";

const get = (path: string, headers: Record<string, string> = {}) =>
  new Request(`http://localhost${path}`, { headers });

/** The figures, by name and labels. */
async function figures({ app }: ToyServer): Promise<Map<string, number>> {
  const response = await app.fetch(get("/metrics"));
  assertEquals(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  const lines = (await response.text()).split("\n").filter((line) => line !== "");
  for (const line of lines) {
    assert(
      /^(# (HELP|TYPE) [a-z_0-9]+ .+|[a-z_0-9]+(\{([a-z]+="[^"\\]*",?)+\})? (Nan|[0-9.e+-]+))$/
        .test(
          line,
        ),
      line,
    );
  }
  return new Map(
    lines.filter((line) => !line.startsWith("#")).map((line) => {
      const at = line.lastIndexOf(" ");
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}

Deno.test("metrics tell jobs by state, events, open subscriptions, stored bytes and durations", () =>
  withToyServer(async (server) => {
    const { ask, follow, compute } = server;
    await (await follow("subscription { event: countUp(input: { steps: 3 }) { number } }")).rest();
    const { data } = await ask(
      "mutation { started: countUp(input: { steps: 100, delay: 1000 }) { job { id } } }",
    );
    const stream = await follow(
      `subscription { event: jobEvents(id: "${data.started.job.id}") { number } }`,
    );
    await stream.next();
    const before = await figures(server);
    assertEquals(before.get('countergrade_jobs{state="done"}'), 1);
    assertEquals(before.get('countergrade_jobs{state="running"}'), 1);
    assertEquals(before.get("countergrade_subscriptions"), 1);
    assert(before.get("countergrade_events_sent_total")! >= 6);
    assert(before.get("countergrade_stored_bytes")! > 0);
    for (
      const [name, least] of Object.entries({
        process_resident_memory_bytes: 1e7,
        process_heap_bytes: 1e6,
        process_start_time_seconds: 1e9,
        process_cpu_seconds_total: 0,
      })
    ) assert(before.get(name)! > least, name);
    const labels = 'route="graphql",operation="mutation",status="2xx"';
    assertEquals(before.get(`countergrade_request_seconds_count{${labels}}`), 1);
    assertEquals(before.get(`countergrade_request_seconds_bucket{le="+Inf",${labels}}`), 1);

    await stream.cancel();
    await (await follow('subscription { event: jobEvents(id: "none") { number } }')).next();
    for (let i = 0; i < 50; i++) {
      await (await server.app.fetch(get(`/nowhere/${i}`))).body?.cancel();
    }
    const after = await figures(server);
    assertEquals(after.get("countergrade_subscriptions"), 0);
    assertEquals(
      after.get('countergrade_request_seconds_count{route="page",operation="",status="4xx"}'),
      50,
    );
    const series = [...after.keys()].filter((key) =>
      key.startsWith("countergrade_request_seconds_count")
    );
    assert(series.length < 8, "addresses must not become labels");
    await compute.cancel(data.started.job.id);
  }));

Deno.test("a watch that fails is no longer open", () =>
  withToyServer(async ({ compute }) => {
    let open = 0;
    const subscriptions = { inc: () => open++, dec: () => open-- };
    const meter = { subscriptions, events: { inc: () => {} } };
    const pictures = new DatasetPictures(compute.host);
    const jobs = new ClientJobs(
      compute,
      anyone("1.2.3.4"),
      1,
      meter,
      new Followers(compute),
      pictures,
    );
    const watch = jobs.watch("job-none");
    assertEquals(open, 1);
    await assertRejects(() => watch.next(), NotFoundError);
    await watch.return!();
    assertEquals(open, 0);
  }));

Deno.test("metrics need a key where there are keys", () => {
  const { secret, line } = newKey("prometheus", "read");
  const authenticator = new Authenticator({ keys: ApiKeys.parse(line) });
  return withToyServer(async ({ app }) => {
    const status = async (headers = {}) => {
      const response = await app.fetch(get("/metrics", headers));
      await response.body?.cancel();
      return response.status;
    };
    assertEquals([await status(), await status({ authorization: `Bearer ${secret}` })], [401, 200]);
  }, { authenticator });
});

Deno.test("a request has an id: the client's own where it is sane, in the answer and in the log", () =>
  withToyServer(async ({ app, requests }) => {
    const idOf = async (id?: string) => {
      const headers: Record<string, string> = id === undefined ? {} : { "x-request-id": id };
      const response = await app.fetch(
        post("query Names { datasets { id } }", {}, headers),
        "1.2.3.4",
      );
      await response.body?.cancel();
      return response.headers.get("x-request-id")!;
    };
    assertEquals(await idOf("trace-1/a:b"), "trace-1/a:b");
    for (const id of ["a b", "x".repeat(129), '{"a":1}', "", "é"]) {
      assert(/^[0-9a-f-]{36}$/.test(await idOf(id)), id);
    }
    assert(await idOf() !== await idOf());
    const { ms, ...record } = requests[0];
    assertEquals(record, {
      id: "trace-1/a:b",
      client: "address:1.2.3.4",
      method: "POST",
      path: "/graphql",
      operation: { type: "query", name: "Names" },
      status: 200,
    });
    assert(ms > 0);
    await (await app.fetch(get("/health?secret=1"))).body?.cancel();
    assertEquals(requests.at(-1)!.path, "/health");
  }));

Deno.test("JSON logs are one object per line, and errors carry the id of their request", async () => {
  const { error } = console;
  const said: string[] = [];
  console.error = (text: string) => said.push(text);
  try {
    await withRequestId("r-1", async () => {
      await Promise.resolve();
      jsonLog.error("two\nlines");
    });
    await withToyServer(async ({ ask, compute }) => {
      Object.defineProperty(compute.workspace.store.jobs, "list", {
        value: () => Promise.reject(new Error("secret")),
      });
      await ask("query Broken { jobs { nodes { id } } }");
    }, { log: jsonLog });
  } finally {
    console.error = error;
  }
  assert(said.every((text) => !text.includes("\n")));
  const [first, failure, request] = said.map((text) => JSON.parse(text));
  assertEquals([first.level, first.id, first.message], ["error", "r-1", "two\nlines"]);
  assertEquals([failure.level, failure.id], ["error", request.id]);
  assertStringIncludes(failure.message, "secret");
  assertEquals([request.level, request.operation.name, request.status], ["info", "Broken", 200]);
});
