/** The server on a port: real HTTP, real signals. */

import { CountergradeError } from "@countergrade/countergrade";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { main, type RunningServer, serve } from "../../server/main.ts";
import { newKey } from "../../server/http/access/api_keys.ts";
import { readFlags } from "../../server/cli/serve_flags.ts";
import { until } from "../until.ts";
import { streamOf, TOYS } from "./toy_server.ts";

async function withServer(test: (server: RunningServer, home: string) => Promise<void>) {
  const home = await Deno.makeTempDir();
  try {
    await using server = await serve({
      port: 0,
      host: "127.0.0.1",
      home,
      plugins: TOYS,
      deadline: 200,
    });
    await test(server, home);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

function ask(url: string, query: string, accept = "application/json"): Promise<Response> {
  return fetch(`${url}graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", accept },
    body: JSON.stringify({ query }),
  });
}

Deno.test("a task is started and watched over HTTP while queries are answered", () =>
  withServer(async ({ url }) => {
    const stream = streamOf(
      await ask(
        url,
        "subscription { event: countUp(input: { steps: 30, delay: 5 }) { __typename number } }",
        "text/event-stream",
      ),
    );
    assertStringIncludes(stream.response.headers.get("content-type")!, "text/event-stream");
    assertEquals((await stream.next())?.data.event, { __typename: "Started", number: 1 });
    const { data } = await (await ask(url, "{ jobs { nodes { state } } }")).json();
    assertEquals(data.jobs.nodes, [{ state: "RUNNING" }]);
    const rest = await stream.rest();
    assertEquals(rest.map(({ number }) => number), Array.from({ length: 31 }, (_, i) => i + 2));
  }));

Deno.test("queries are answered while a task keeps the worker's thread to itself", () =>
  withServer(async ({ url }, home) => {
    const stream = streamOf(
      await ask(
        url,
        `subscription { event: hang(input: { folder: ${JSON.stringify(home)} }) { __typename } }`,
        "text/event-stream",
      ),
    );
    await stream.next();
    assertEquals((await stream.next())?.data.event.__typename, "Progress");
    for (let i = 0; i < 5; i++) {
      const { data } = await (await ask(url, "{ datasets { id } }")).json();
      assertEquals(data.datasets, [{ id: "bars" }]);
    }
    await stream.cancel();
  }));

Deno.test("while a server starts, clients are told to come again, and browsers do so by themselves", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const home = await Deno.makeTempDir();
  const starting = serve({ port, host: "127.0.0.1", home, plugins: TOYS, deadline: 200 });
  let early: Response | undefined;
  await until(async () => {
    early = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
    await early?.body?.cancel();
    return early !== undefined;
  });
  assertEquals(early?.status, 503);
  assertEquals(early?.headers.get("retry-after"), "1");
  assertEquals(early?.headers.get("refresh"), "1");
  await (await starting)[Symbol.asyncDispose]();
  await Deno.remove(home, { recursive: true });
});

Deno.test("a port in use is a clear error, and the home folder stays untouched", () =>
  withServer(async ({ url }) => {
    const port = Number(new URL(url).port);
    const home = await Deno.makeTempDir();
    const error = await assertRejects(
      () => serve({ port, host: "127.0.0.1", home, plugins: TOYS }),
      CountergradeError,
      "the port is in use",
    );
    assertStringIncludes(error.message, `127.0.0.1:${port}`);
    assertEquals(await Array.fromAsync(Deno.readDir(home)), []);
    await Deno.remove(home, { recursive: true });
  }));

Deno.test("a data folder that is not there, and a plugin that cannot be loaded, are clear errors", async () => {
  const home = await Deno.makeTempDir();
  const options = { port: 0, host: "127.0.0.1", home, plugins: TOYS };
  await assertRejects(
    () => serve({ ...options, data: `${home}/nope` }),
    CountergradeError,
    "Cannot find the data folder",
  );
  await assertRejects(
    () => serve({ ...options, plugins: ["./nope.ts"] }),
    CountergradeError,
    "nope.ts",
  );
  await Deno.remove(home, { recursive: true });
});

Deno.test("open subscriptions break off when the server ends, without a word that all was told", async () => {
  const home = await Deno.makeTempDir();
  const server = await serve({ port: 0, host: "127.0.0.1", home, plugins: TOYS });
  const query = "subscription { event: countUp(input: { steps: 10000, delay: 5 }) { number } }";
  const stream = streamOf(await ask(server.url, query, "text/event-stream"));
  await stream.next();
  await server[Symbol.asyncDispose]();
  await server.finished;
  await assertRejects(() => stream.rest(), TypeError);
  await Deno.remove(home, { recursive: true });
});

Deno.test("a request to this machine under a foreign name is refused", () =>
  withServer(async ({ url }) => {
    const { hostname, port } = new URL(url);
    using connection = await Deno.connect({ hostname, port: Number(port) });
    const text = "GET /health HTTP/1.1\r\nHost: example.org\r\nConnection: close\r\n\r\n";
    await connection.write(new TextEncoder().encode(text));
    const answer = new Uint8Array(64);
    await connection.read(answer);
    assertStringIncludes(new TextDecoder().decode(answer), "421");
  }));

Deno.test("wrong flags give the usage and exit code 2", async () => {
  const { error, log } = console;
  const said: string[] = [];
  console.error = console.log = (text: string) => said.push(text);
  try {
    assertEquals(await main(["--port", "many"]), 2);
    assertEquals(await main(["--provider", "gpu"]), 2);
    assertEquals(await main(["--nope"]), 2);
    assertEquals(await main(["--max-jobs", "0"]), 2);
    assertEquals(await main(["--log", "xml"]), 2);
    assertEquals(await main(["--persisted-only"]), 2);
    assertEquals(await main(["--help"]), 0);
  } finally {
    Object.assign(console, { error, log });
  }
  assertStringIncludes(said[0], "'many' is invalid. Expected a whole number from 0 to 65535");
  assertStringIncludes(said[1], "'gpu' is invalid. Allowed choices are auto, cpu");
  assertStringIncludes(said[2], "--nope");
  assertStringIncludes(said[3], "'0' is invalid. Expected a whole number from 1");
  assertStringIncludes(said[4], "'xml' is invalid. Allowed choices are text, json");
  assertStringIncludes(said[5], "expected --persisted FILE");
  assert(said.every((text) => text.includes("--home DIR")));
});

Deno.test("what the flags say reaches the server", async () => {
  const home = await Deno.makeTempDir();
  const [keys, operations] = [`${home}/keys`, `${home}/operations.json`];
  const { secret, line } = newKey("one", "read,run");
  await Deno.writeTextFile(keys, line);
  await Deno.writeTextFile(operations, "{}");
  const flags = readFlags([
    ...["--port", "0", "--home", home, "--api-keys", keys, "--max-jobs", "1"],
    ...["--cors", "https://a.example", "--cors", "https://b.example"],
    ...["--persisted", operations, "--dev"],
  ]);
  assert(flags);
  {
    await using server = await serve({ ...flags, plugins: TOYS, deadline: 200 });
    const send = (query: string) =>
      fetch(`${server.url}graphql`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          authorization: `Bearer ${secret}`,
          origin: "https://b.example",
        },
        body: JSON.stringify({ query }),
      });
    const unknown = await fetch(`${server.url}metrics`);
    assertEquals(unknown.status, 401);
    await unknown.body?.cancel();
    const start = (n: number) =>
      `mutation { job: countUp(input: { steps: ${n}, delay: 20 }) { errors { __typename } } }`;
    const first = await send(start(900));
    assertEquals(first.headers.get("access-control-allow-origin"), "https://b.example");
    assertEquals((await first.json()).data.job.errors, []);
    const [refused] = (await (await send(start(901))).json()).data.job.errors;
    assertEquals(refused.__typename, "LimitError");
    const graphiql = await fetch(`${server.url}graphiql`, { method: "HEAD" });
    assertEquals(graphiql.status, 200);
  }
  const only = readFlags([
    "--home",
    home,
    "--port",
    "0",
    "--persisted",
    operations,
    "--persisted-only",
  ]);
  assert(only);
  {
    await using server = await serve({ ...only, plugins: TOYS, deadline: 200 });
    const refused = await ask(server.url, "{ __typename }");
    assertEquals((await refused.json()).errors[0].extensions.code, "FORBIDDEN");
  }
  await Deno.remove(home, { recursive: true });
});

Deno.test("SIGTERM ends the process in good order; a port in use ends it with code 1", async () => {
  const home = await Deno.makeTempDir();
  const script = new URL("../../server/main.ts", import.meta.url).href;
  const start = (port: string) =>
    new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-lock", "--allow-all", script, "--port", port, "--home", home],
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  const child = start("0");
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let ready = "";
  while (!ready.includes("\n")) ready += (await reader.read()).value ?? "\n";
  assertStringIncludes(ready, "Countergrade is ready: http://127.0.0.1:");
  const url = ready.trim().split(" ").at(-1)!;
  child.kill("SIGHUP");
  assertEquals(await (await fetch(`${url}ready`)).text(), "ready\n");

  const second = await start(new URL(url).port).output();
  assertEquals(second.code, 1);
  assertStringIncludes(new TextDecoder().decode(second.stderr), "the port is in use");

  child.kill("SIGTERM");
  assertEquals((await child.status).code, 0);
  await reader.cancel();
  await child.stderr.cancel();
  await Deno.remove(home, { recursive: true });
});
