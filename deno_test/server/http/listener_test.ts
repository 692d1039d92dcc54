/** The port: requests as the web has them, slow clients let go, streams broken at the end. */

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { type Answer, Listener, type ListenOptions } from "../../../server/http/listener.ts";

async function withListener(
  answer: Answer,
  test: (listener: Listener) => Promise<void>,
  deadlines: ListenOptions["deadlines"] = {},
): Promise<void> {
  const listener = await Listener.open({ host: "127.0.0.1", port: 0, deadlines }, answer);
  try {
    await test(listener);
  } finally {
    await listener.close(0);
  }
}

/** What comes back for some bytes until the server hangs up. */
async function exchange({ port }: Listener, text: string): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(new TextEncoder().encode(text));
  return await new Response(connection.readable).text();
}

const said = new TextEncoder().encode("data: 1\n\n");

/** A stream that says something once, and does not end by itself. */
function endless(left: () => void = () => {}): Response {
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(said),
    cancel: left,
  });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}

Deno.test("a request has its method, address, headers and body, an answer its own", () =>
  withListener(async (request, address) => {
    const body = request.body ? await request.text() : null;
    const { method, url, headers } = request;
    const answer = Response.json({
      method,
      path: new URL(url).pathname,
      body,
      address,
      of: headers.get("x-a"),
    });
    answer.headers.append("set-cookie", "a=1");
    answer.headers.append("set-cookie", "b=2");
    return answer;
  }, async ({ port }) => {
    const url = `http://127.0.0.1:${port}/a/b?c`;
    const headers = { "x-a": "ä" };
    const posted = await fetch(url, { method: "POST", body: "x".repeat(100_000), headers });
    assertEquals(posted.headers.getSetCookie(), ["a=1", "b=2"]);
    assertEquals(await posted.json(), {
      method: "POST",
      path: "/a/b",
      body: "x".repeat(100_000),
      address: "127.0.0.1",
      of: "ä",
    });
    assertEquals((await (await fetch(url)).json()).body, null);
    const head = await fetch(url, { method: "HEAD" });
    assertEquals([head.status, await head.text()], [200, ""]);
  }));

Deno.test("headers and requests that do not come are answered with 408, and the connection ends", () =>
  withListener(async (request) => {
    await request.text();
    return new Response("read");
  }, async (listener) => {
    const [header, body] = await Promise.all([
      exchange(listener, "GET / HTTP/1.1\r\nHost: a\r\n"),
      exchange(listener, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n1"),
    ]);
    assertStringIncludes(header, "408");
    assert(!body.includes("read"), body);
  }, { headers: 100, request: 200 }));

Deno.test("a body that is refused half-way still gets its answer", () =>
  withListener(() => new Response("too long", { status: 413 }), async (listener) => {
    const text = "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 4\r\n\r\n1234";
    assertStringIncludes(await exchange(listener, text), "HTTP/1.1 413");
  }));

Deno.test("an answer that is larger than what the system holds for a client arrives whole", () => {
  const [pieces, size] = [24, 500_000];
  const body = () => {
    let at = 0;
    return new ReadableStream({
      pull(controller) {
        if (at === pieces) controller.close();
        else controller.enqueue(new Uint8Array(size).fill(at++));
      },
    }, { highWaterMark: 0 });
  };
  return withListener(() => new Response(body()), async ({ port }) => {
    const bytes = await (await fetch(`http://127.0.0.1:${port}`)).bytes();
    assertEquals(bytes.length, pieces * size);
    assert(Array.from({ length: pieces }, (_, i) => bytes[i * size + 7]).every((v, i) => v === i));
  });
});

Deno.test("an answer that breaks off is broken off for its client, and the next one is whole", async () => {
  const { error } = console;
  const told: unknown[] = [];
  console.error = (text: unknown) => told.push(text);
  let broken = true;
  const body = () =>
    new ReadableStream({
      start: (controller) => controller.enqueue(said),
      pull: (controller) => broken ? controller.error(new Error("the disk")) : controller.close(),
    });
  try {
    await withListener(() => new Response(body()), async ({ port }) => {
      const url = `http://127.0.0.1:${port}`;
      await assertRejects(async () => await (await fetch(url)).bytes());
      assertStringIncludes(String(told[0]), "the disk");
      broken = false;
      assertEquals(await (await fetch(url)).bytes(), said);
    });
  } finally {
    console.error = error;
  }
});

Deno.test("a client that leaves ends its stream", async () => {
  const { promise: left, resolve } = Promise.withResolvers<void>();
  await withListener(() => endless(resolve), async ({ port }) => {
    const { body } = await fetch(`http://127.0.0.1:${port}`);
    const reader = body!.getReader();
    assertEquals((await reader.read()).value, said);
    await reader.cancel();
    await left;
  });
});

Deno.test("a client that reads nothing of what waits for it is let go", async () => {
  const { promise: left, resolve } = Promise.withResolvers<void>();
  const body = () =>
    new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(1_000_000)),
      cancel: () => resolve(),
    });
  await withListener(() => new Response(body()), async ({ port }) => {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port });
    await connection.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    await left;
  }, { reading: 20 });
});

Deno.test("the end breaks streams, so that clients take them up again, and lets other answers finish", async () => {
  const { promise: finish, resolve } = Promise.withResolvers<void>();
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
  const listener = await Listener.open({ host: "127.0.0.1", port: 0 }, async (request) => {
    if (request.url.endsWith("/stream")) return endless();
    ask();
    await finish;
    return new Response("finished");
  });
  const url = `http://127.0.0.1:${listener.port}`;
  const reader = (await fetch(`${url}/stream`)).body!.getReader();
  await reader.read();
  const answer = fetch(`${url}/slow`);
  await asked;
  const closed = listener.close(60_000);
  await assertRejects(() => reader.read());
  resolve();
  assertEquals(await (await answer).text(), "finished");
  await closed;
  await assertRejects(() => fetch(url));
});

Deno.test("what is no address or method is a bad request", () =>
  withListener(() => new Response("fine"), async (listener) => {
    for (const line of ["GET http://[::bad/ HTTP/1.1", "TRACE / HTTP/1.1"]) {
      const answer = await exchange(listener, `${line}\r\nHost: a\r\nConnection: close\r\n\r\n`);
      assertStringIncludes(answer, "HTTP/1.1 400", line);
    }
  }));
