/** A client that costs as little as possible: it writes the same bytes and counts what comes back, over open connections. */

const CONTENT_LENGTH = /content-length: (\d+)/i;

/** An operation as the bytes of a request. */
export function requestBytes(url: string, query: string, variables: object = {}): Uint8Array {
  const { host, pathname } = new URL(url);
  const body = new TextEncoder().encode(JSON.stringify({ query, variables }));
  const head = [
    `POST ${pathname} HTTP/1.1`,
    `Host: ${host}`,
    "Content-Type: application/json",
    "Accept: application/graphql-response+json",
    `Content-Length: ${body.length}`,
    "\r\n",
  ].join("\r\n");
  return new Uint8Array([...new TextEncoder().encode(head), ...body]);
}

/** Sends a request `times` over each of `connections` connections and returns the answers per second. */
export async function answersPerSecond(
  url: string,
  request: Uint8Array,
  { times, connections }: { times: number; connections: number },
): Promise<number> {
  const { hostname, port } = new URL(url);
  const all = await Promise.all(
    Array.from({ length: connections }, () => Deno.connect({ hostname, port: Number(port) })),
  );
  const start = performance.now();
  await Promise.all(all.map((connection) => exchange(connection, request, times)));
  const seconds = (performance.now() - start) / 1000;
  for (const connection of all) connection.close();
  return times * connections / seconds;
}

async function exchange(connection: Deno.Conn, request: Uint8Array, times: number): Promise<void> {
  const buffer = new Uint8Array(1 << 20);
  const decoder = new TextDecoder("latin1");
  for (let i = 0; i < times; i++) {
    await connection.write(request);
    let read = 0;
    let whole = Infinity;
    while (read < whole) {
      read += await connection.read(buffer.subarray(read)) ?? fail("the connection was closed");
      const text = decoder.decode(buffer.subarray(0, Math.min(read, 2_000)));
      const head = text.indexOf("\r\n\r\n");
      if (head < 0) continue;
      if (!text.startsWith("HTTP/1.1 200")) fail(text.slice(0, 200));
      const length = CONTENT_LENGTH.exec(text);
      if (length) whole = head + 4 + Number(length[1]);
      else if (decoder.decode(buffer.subarray(read - 5, read)) === "0\r\n\r\n") whole = read;
    }
  }
}

function fail(reason: string): never {
  throw new Error(`Cannot measure: ${reason}`);
}
