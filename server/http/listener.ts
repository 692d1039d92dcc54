/** The port. It is `node:http`'s: `Deno.serve` waits for ever for a header or a body that does not come. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** How long a client may take, in ms. */
export interface Deadlines {
  /** Until all headers of a request are here. */
  readonly headers: number;
  /** Until the whole request is here; what a route reads has limits of its own. */
  readonly request: number;
  /** Between two requests of one connection. */
  readonly idle: number;
  /** Without reading anything of an answer that waits for it. */
  readonly reading: number;
}

const DEADLINES: Deadlines = { headers: 20_000, request: 300_000, idle: 65_000, reading: 300_000 };

/** How many connections are held at a time; each that does nothing costs some 20 kB. */
const MAX_CONNECTIONS = 5_000;

/** How often deadlines are looked at, in ms. */
const CHECK = 1_000;

/** The media types of answers that go on until somebody ends them. */
const STREAM = /^(text\/event-stream|multipart\/)/;

/** Answers a request that comes from `address`. */
export type Answer = (request: Request, address: string) => Promise<Response> | Response;

/** Where to listen. */
export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  readonly deadlines?: Partial<Deadlines>;
}

/** A port that is listened on. */
export class Listener {
  readonly #server: Server;
  readonly #reading: number;
  /** The answers that go on until somebody ends them. */
  readonly #streams = new Set<ServerResponse>();
  /** All connections, with the answer that each is busy with. */
  readonly #connections = new Map<Socket, ServerResponse | undefined>();

  private constructor(server: Server, reading: number) {
    this.#server = server;
    this.#reading = reading;
  }

  /** Listens. @throws {Error} Node's, with `code`, when the port or address cannot be used. */
  static async open({ host, port, deadlines }: ListenOptions, answer: Answer): Promise<Listener> {
    const { headers, request, idle, reading } = { ...DEADLINES, ...deadlines };
    const server = createServer({
      headersTimeout: headers,
      requestTimeout: request,
      keepAliveTimeout: idle,
      connectionsCheckingInterval: Math.min(CHECK, headers, request),
    });
    server.maxConnections = MAX_CONNECTIONS;
    const listener = new Listener(server, reading);
    server.on("connection", (socket) => {
      listener.#connections.set(socket, undefined);
      socket.once("close", () => listener.#connections.delete(socket));
    });
    server.on("request", (incoming, outgoing) => listener.#respond(incoming, outgoing, answer));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once("error", reject);
    server.listen(port, host, resolve);
    await promise;
    server.off("error", reject);
    return listener;
  }

  /** The port that was asked for, or the free one in place of 0. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Breaks the connections of all streams: clients take them up again, where an end in good order would mean that all was told. */
  breakStreams(): void {
    for (const stream of this.#streams) stream.destroy();
  }

  /** Takes no more requests; resolves once those under way are answered, or after `deadline` ms. */
  async close(deadline: number): Promise<void> {
    this.breakStreams();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    for (const [socket, busy] of this.#connections) if (!busy) socket.destroy();
    const timer = setTimeout(() => {
      for (const socket of this.#connections.keys()) socket.destroy();
      resolve();
    }, deadline);
    await promise;
    clearTimeout(timer);
  }

  async #respond(incoming: IncomingMessage, outgoing: ServerResponse, answer: Answer) {
    const { method, socket } = incoming;
    // A client that leaves is known from the end of its connection.
    outgoing.on("error", () => {});
    incoming.on("error", () => {});
    this.#connections.set(socket, outgoing);
    outgoing.once("close", () => this.#rest(socket));
    try {
      const request = requestOf(incoming);
      const response = request
        ? await answer(request, socket.remoteAddress ?? "unknown")
        : new Response("Bad request\n", { status: 400 });
      outgoing.writeHead(response.status, [...response.headers].flat());
      if (response.body && method !== "HEAD") await this.#send(response, outgoing);
      else {
        await response.body?.cancel();
        outgoing.end();
      }
    } catch (error) {
      if (!outgoing.destroyed) console.error(error);
      // What has begun cannot become an error: the client sees that it broke off.
      outgoing.destroy();
    }
  }

  /** A connection has done its work: it stays for the next request, unless the port closes. */
  #rest(socket: Socket): void {
    if (!this.#server.listening) socket.destroy();
    else if (this.#connections.has(socket)) this.#connections.set(socket, undefined);
  }

  /** Hands a body on, as fast as it is read. */
  async #send({ body, headers }: Response, outgoing: ServerResponse): Promise<void> {
    const reader = body!.getReader();
    const left = () => reader.cancel().catch(() => {});
    outgoing.once("close", left);
    if (STREAM.test(headers.get("content-type") ?? "")) {
      this.#streams.add(outgoing);
      outgoing.once("close", () => this.#streams.delete(outgoing));
      outgoing.flushHeaders();
    }
    while (!outgoing.destroyed) {
      const { value, done } = await reader.read();
      if (done) return void outgoing.end();
      if (!outgoing.write(value)) await this.#drained(outgoing);
    }
    // The client may have left before there was anything to send.
    await left();
  }

  /** Waits for the client to read. One that does not is let go: it holds what waits for it. */
  async #drained(outgoing: ServerResponse): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(() => outgoing.destroy(), this.#reading);
    outgoing.once("drain", resolve).once("close", resolve);
    await promise;
    outgoing.off("drain", resolve).off("close", resolve);
    clearTimeout(timer);
  }
}

/** The request as the web has it, or undefined when its address or method is none. */
function requestOf(incoming: IncomingMessage): Request | undefined {
  const { method = "GET", url = "/", headers: { host }, rawHeaders, socket } = incoming;
  const base = `http://${host ?? `${socket.localAddress}:${socket.localPort}`}`;
  const hasBody = !(method === "GET" || method === "HEAD") &&
    (incoming.headers["content-length"] ?? incoming.headers["transfer-encoding"]) !== undefined;
  try {
    const headers = new Headers();
    for (let i = 0; i < rawHeaders.length; i += 2) headers.append(rawHeaders[i], rawHeaders[i + 1]);
    // What is refused half-way stays open for the answer.
    const body = hasBody
      ? ReadableStream.from<Uint8Array>(incoming.iterator({ destroyOnReturn: false }))
      : undefined;
    return new Request(url.startsWith("/") ? base + url : url, { method, headers, body });
  } catch {
    return undefined;
  }
}
