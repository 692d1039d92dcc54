/** Files on the web, from a server on this machine: whole, cut off, resumed, wrong, too large, missing, silent. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  CancelledError,
  fetchFile,
  FormatError,
  InputError,
  sha256,
  StorageError,
} from "@countergrade/countergrade";

const CONTENT = Uint8Array.from({ length: 300_000 }, (_, i) => (i * i) % 251);
const SHA = sha256(CONTENT);

/** A server whose answers a test chooses, and what it was asked. */
async function withServer(
  answer: (request: Request, asked: string[]) => Response | Promise<Response>,
  run: (url: string, folder: string, asked: string[]) => Promise<void>,
): Promise<void> {
  const asked: string[] = [];
  const folder = await Deno.makeTempDir();
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    asked.push(request.headers.get("range") ?? "whole");
    return answer(request, asked);
  });
  try {
    await run(`http://127.0.0.1:${server.addr.port}/model.bin`, folder, asked);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Sends bytes and then breaks off. */
function brokenOff(bytes: Uint8Array): Response {
  return new Response(
    new ReadableStream({
      start(controller) {
        controller.enqueue(bytes);
        controller.close();
      },
    }),
  );
}

/** What a server that can resume answers. */
function ranged(request: Request): Response {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.get("range") ?? "")?.[1] ?? 0);
  const headers = from
    ? { "content-range": `bytes ${from}-${CONTENT.length - 1}/${CONTENT.length}` }
    : undefined;
  return new Response(CONTENT.slice(from), { status: from ? 206 : 200, headers });
}

const file = (url: string) => ({ url, size: CONTENT.length, sha256: SHA });

Deno.test("fetchFile() gives the bytes and tells how far it is", () =>
  withServer(ranged, async (url, folder) => {
    const seen: [number, number][] = [];
    const bytes = await fetchFile(file(url), `${folder}/deep/part`, {
      onProgress: (done, total) => seen.push([done, total]),
    });
    assertEquals(sha256(bytes), SHA);
    assertEquals(seen.at(-1), [CONTENT.length, CONTENT.length]);
    assert(seen.length <= 101 && seen.every(([done], i) => i === 0 || done > seen[i - 1][0]));
  }));

Deno.test("fetchFile() goes on where a download broke off", () =>
  withServer(
    (request, asked) => asked.length === 1 ? brokenOff(CONTENT.slice(0, 1000)) : ranged(request),
    async (url, folder, asked) => {
      const part = `${folder}/part`;
      await assertRejects(
        () => fetchFile(file(url), part),
        StorageError,
        "ended after 1000 of 300000 bytes",
      );
      assertEquals((await Deno.stat(part)).size, 1000);
      assertEquals(sha256(await fetchFile(file(url), part)), SHA);
      assertEquals(asked, ["whole", "bytes=1000-"]);
    },
  ));

Deno.test("fetchFile() starts anew when the server does not resume", () =>
  withServer(
    (_, asked) =>
      asked.length === 1 ? brokenOff(CONTENT.slice(0, 1000)) : new Response(CONTENT.slice()),
    async (url, folder, asked) => {
      await assertRejects(() => fetchFile(file(url), `${folder}/part`), StorageError);
      assertEquals(sha256(await fetchFile(file(url), `${folder}/part`)), SHA);
      assertEquals(asked.length, 2);
    },
  ));

Deno.test("fetchFile() keeps nothing of a file with another checksum", () =>
  withServer(
    (_, asked) => new Response(asked.length === 1 ? CONTENT.toReversed() : CONTENT.slice()),
    async (url, folder, asked) => {
      const part = `${folder}/part`;
      await assertRejects(() => fetchFile(file(url), part), FormatError, `expected SHA-256 ${SHA}`);
      assertEquals((await Deno.stat(part)).size, 0);
      assertEquals(sha256(await fetchFile(file(url), part)), SHA);
      assertEquals(asked, ["whole", "whole"]);
    },
  ));

Deno.test("fetchFile() stops reading a file that is larger than it should be", () => {
  let sent = 0;
  const endless = () =>
    new Response(
      new ReadableStream({
        pull(controller) {
          sent++;
          controller.enqueue(new Uint8Array(50_000));
        },
      }),
    );
  return withServer(endless, async (url, folder) => {
    await assertRejects(
      () => fetchFile(file(url), `${folder}/part`),
      FormatError,
      "larger than 300000 bytes",
    );
    assertEquals((await Deno.stat(`${folder}/part`)).size, 0);
    assert(sent < 1000, `${sent} chunks were sent`);
  });
});

Deno.test("fetchFile() tells the status of a server that has no such file", () =>
  withServer(() => new Response("nothing here", { status: 404 }), async (url, folder) => {
    await assertRejects(
      () => fetchFile(file(url), `${folder}/part`),
      StorageError,
      `Cannot fetch ${url}: HTTP status 404`,
    );
  }));

Deno.test("fetchFile() gives up on a silent server, and at once when it is cancelled", () => {
  const release = Promise.withResolvers<void>();
  const silent = async () => {
    await release.promise;
    return new Response();
  };
  return withServer(silent, async (url, folder) => {
    await assertRejects(
      () => fetchFile(file(url), `${folder}/part`, { patience: 20 }),
      StorageError,
      "no answer",
    );
    const controller = new AbortController();
    const fetching = fetchFile(file(url), `${folder}/other`, { signal: controller.signal });
    controller.abort(new CancelledError());
    await assertRejects(() => fetching, CancelledError);
    release.resolve();
  });
});

Deno.test("fetchFile() takes https only, but for this machine", async () => {
  const folder = await Deno.makeTempDir();
  for (const url of ["http://example.org/x", "file:///etc/passwd", "ftp://example.org/x"]) {
    await assertRejects(() => fetchFile(file(url), `${folder}/part`), InputError, "https://");
  }
  await Deno.remove(folder, { recursive: true });
});
