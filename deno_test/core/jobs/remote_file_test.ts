/** Files on the web, from a server on this machine: whole, cut off, resumed, wrong, too large, missing, silent. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { createHash } from "node:crypto";
import { CancelledError, FormatError, InputError, StorageError } from "@countergrade/countergrade";
import { downloadFile, sha256 } from "@countergrade/countergrade/jobs";
import { fetchFile, type FetchOptions } from "../../../core/jobs/remote_file.ts";
import { collectGarbage } from "../../memory.ts";

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

Deno.test("fetchFile() gives up on a server that falls silent on the way, and at once when it is cancelled", () => {
  const stuck = Promise.withResolvers<void>();
  // Many small pieces, as of a long download: only then would an answer be forgotten by whoever reads it.
  const silent = () => {
    let at = 0;
    const pull = (controller: ReadableStreamDefaultController<Uint8Array>) => {
      if (at === 200_000) return stuck.promise;
      controller.enqueue(CONTENT.subarray(at, at += 20));
    };
    return new Response(new ReadableStream({ pull }));
  };
  return withServer(silent, async (url, folder) => {
    /** Fetches; `then` comes when all pieces have come and a garbage collection is over. */
    const fetchUntil = async (name: string, options: FetchOptions, then = () => {}) => {
      const stands = Promise.withResolvers<void>();
      const onProgress = (done: number) => done >= 195_000 && stands.resolve();
      const fetching = fetchFile(file(url), `${folder}/${name}`, { ...options, onProgress });
      await Promise.all([fetching, stands.promise.then(collectGarbage).then(then)]);
    };
    await assertRejects(() => fetchUntil("part", { patience: 1000 }), StorageError, "no answer");
    assert((await Deno.stat(`${folder}/part`)).size > 0);
    const controller = new AbortController();
    const { signal } = controller;
    const cancel = () => controller.abort(new CancelledError());
    await assertRejects(() => fetchUntil("other", { signal }, cancel), CancelledError);
    stuck.resolve();
  });
});

Deno.test("fetchFile() takes https only, but for this machine", async () => {
  const folder = await Deno.makeTempDir();
  for (const url of ["http://example.org/x", "file:///etc/passwd", "ftp://example.org/x"]) {
    await assertRejects(() => fetchFile(file(url), `${folder}/part`), InputError, "https://");
  }
  await Deno.remove(folder, { recursive: true });
});

const MD5 = createHash("md5").update(CONTENT).digest("hex");
/** A file of which only a checksum is known, as of published data sets. */
const published = (url: string, most = 400_000) => ({ url, most, md5: MD5 });

/** The names in a folder, sorted. */
const namesIn = async (folder: string) =>
  (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();

Deno.test("downloadFile() puts a whole file in place, and fetches none that is there", () =>
  withServer(ranged, async (url, folder, asked) => {
    const path = `${folder}/set.npz`;
    const seen: [number, number][] = [];
    const options = {
      onProgress: (done: number, total: number) => void seen.push([done, total]),
    };
    const first = await downloadFile(published(url), path, options);
    assertEquals(first, { size: CONTENT.length, present: false });
    assertEquals(sha256(await Deno.readFile(path)), SHA);
    assertEquals(await namesIn(folder), ["set.npz"]);
    assert(seen.length > 0 && seen.at(-1)![0] === CONTENT.length);
    assertEquals((await downloadFile(published(url), path)).present, true);
    assertEquals(asked, ["whole"]);
    await Deno.writeFile(path, CONTENT.slice(1));
    assertEquals((await downloadFile(published(url), path)).present, false);
    assertEquals(sha256(await Deno.readFile(path)), SHA);
  }));

Deno.test("downloadFile() goes on, of unknown size too, and knows when nothing is missing", () =>
  withServer(
    (request, asked) => {
      if (asked.length === 1) return brokenOff(CONTENT.slice(0, 1000));
      const from = Number(/^bytes=(\d+)-$/.exec(request.headers.get("range") ?? "")?.[1] ?? 0);
      return from === CONTENT.length
        ? new Response(null, { status: 416, headers: { "content-range": `bytes */${from}` } })
        : ranged(request);
    },
    async (url, folder, asked) => {
      const path = `${folder}/set.npz`;
      // Without a length the cut shows by the checksum only, and what is there is not worth keeping.
      await assertRejects(() => downloadFile(published(url), path), FormatError, "expected MD5");
      assertEquals(await namesIn(folder), ["set.npz.part"]);
      await Deno.writeFile(`${path}.part`, CONTENT.slice(0, 200_000));
      assertEquals((await downloadFile(published(url), path)).size, CONTENT.length);
      await Deno.rename(path, `${path}.part`);
      assertEquals((await downloadFile(published(url), path)).size, CONTENT.length);
      assertEquals(asked, ["whole", "bytes=200000-", "bytes=300000-"]);
      assertEquals(await namesIn(folder), ["set.npz"]);
    },
  ));

Deno.test("downloadFile() starts anew when its part is longer than what the server has", () =>
  withServer(
    (request) =>
      request.headers.has("range")
        ? new Response(null, { status: 416, headers: { "content-range": "bytes */300000" } })
        : ranged(request),
    async (url, folder) => {
      const path = `${folder}/set.npz`;
      await Deno.writeFile(`${path}.part`, new Uint8Array(350_000));
      await assertRejects(() => downloadFile(published(url), path), StorageError, "status 416");
      assertEquals((await downloadFile(published(url), path)).size, CONTENT.length);
    },
  ));

/** A server below HTTP, for one connection: it promises `length` bytes and hangs up after `bytes`. */
function hangsUp(length: number, bytes: Uint8Array) {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const serve = async () => {
    using connection = await listener.accept();
    await connection.read(new Uint8Array(4096));
    const head = `HTTP/1.1 200 OK\r\ncontent-length: ${length}\r\n\r\n`;
    await connection.write(new TextEncoder().encode(head));
    await connection.write(bytes);
  };
  return {
    url: `http://127.0.0.1:${listener.addr.port}/set.npz`,
    served: serve(),
    [Symbol.dispose]: () => listener.close(),
  };
}

Deno.test("downloadFile() notices a cut by the length that the server has told", () =>
  withServer(ranged, async (_, folder) => {
    using server = hangsUp(CONTENT.length, CONTENT.slice(0, 1000));
    await assertRejects(
      () => downloadFile(published(server.url), `${folder}/set.npz`),
      StorageError,
    );
    await server.served;
    assertEquals((await Deno.stat(`${folder}/set.npz.part`)).size, 1000);
    assertEquals(await namesIn(folder), ["set.npz.part"]);
  }));

Deno.test("downloadFile() refuses what is announced larger, or is, than the most", () =>
  withServer((request) => {
    if (!request.url.endsWith("/unannounced")) return ranged(request);
    return brokenOff(CONTENT.slice());
  }, async (url, folder) => {
    const path = `${folder}/set.npz`;
    using liar = hangsUp(900_000, CONTENT.slice(0, 10));
    await assertRejects(() => downloadFile(published(liar.url), path), FormatError, "larger");
    await liar.served;
    const { href } = new URL("/unannounced", url);
    await assertRejects(() => downloadFile(published(href, 1000), path), FormatError, "larger");
    await assertRejects(
      () => downloadFile(published(url, 1000), path),
      FormatError,
      "larger than 1000 bytes",
    );
    assertEquals((await Deno.stat(`${path}.part`)).size, 0);
  }));

/** The statuses that send elsewhere. */
const MOVED = [301, 302, 303, 307, 308];

Deno.test("downloadFile() follows redirects, but not to odd addresses, nor for ever", () =>
  withServer((request) => {
    const { pathname } = new URL(request.url);
    const to: Record<string, string> = {
      "/odd": "http://192.0.2.1/model.bin",
      "/loop": "/loop",
      ...Object.fromEntries(MOVED.map((status) => [`/${status}`, "/model.bin"])),
    };
    const status = Number(pathname.slice(1)) || 302;
    return to[pathname]
      ? new Response(null, { status, headers: { location: to[pathname] } })
      : ranged(request);
  }, async (url, folder) => {
    const at = (path: string) => published(new URL(path, url).href);
    for (const status of MOVED) {
      const { size } = await downloadFile(at(`/${status}`), `${folder}/${status}`);
      assertEquals(size, CONTENT.length);
    }
    await assertRejects(() => downloadFile(at("/odd"), `${folder}/b`), InputError, "192.0.2.1");
    await assertRejects(() => downloadFile(at("/loop"), `${folder}/c`), StorageError, "redirected");
  }));

Deno.test("downloadFile() leaves a part behind when it is cancelled, and never the file", () => {
  const release = Promise.withResolvers<void>();
  return withServer(
    () =>
      new Response(
        new ReadableStream({
          async pull(controller) {
            controller.enqueue(CONTENT.slice(0, 100_000));
            await release.promise;
            controller.close();
          },
        }),
      ),
    async (url, folder) => {
      const controller = new AbortController();
      const { signal } = controller;
      const onProgress = () => controller.abort(new CancelledError());
      await assertRejects(
        () => downloadFile(published(url), `${folder}/set.npz`, { signal, onProgress }),
        CancelledError,
      );
      release.resolve();
      assertEquals(await namesIn(folder), ["set.npz.part"]);
    },
  );
});
