/** Many subscribers, slow ones, and those who leave: all get what counts, and nothing of them stays. */

import type { LocalEventBus } from "@countergrade/countergrade/jobs";
import { assert, assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { until } from "../../until.ts";
import { heapInUse } from "../../memory.ts";
import { post, streamOf, type ToyServer, withToyServer } from "../toy_server.ts";

const SUBSCRIBERS = 1_000;
/** What 1,000 subscribers may leave behind, in bytes. */
const GROWTH = 10e6;

const EVENTS =
  "subscription($id: ID!) { event: jobEvents(id: $id) { kind: __typename number ... on Preview { step } } }";

type Event = { kind: string; number: number; step?: number };

async function countTo({ ask }: ToyServer, steps: number, seed = 0): Promise<string> {
  const { data } = await ask(
    `mutation { started: countUp(input: { steps: ${steps}, delay: 20, seed: ${seed} }) { job { id } } }`,
  );
  return data.started.job.id;
}

const listening = ({ compute }: ToyServer, id: string) =>
  (compute.workspace.bus as LocalEventBus).sizeOf(id);

Deno.test("1,000 subscribers on one job get every event to the last, within bounded memory", () =>
  withToyServer(async (server) => {
    const round = async (seed: number) => {
      const id = await countTo(server, 10, seed);
      const follow = async () => {
        const request = post(EVENTS, { id }, { accept: "text/event-stream" });
        return await streamOf(await server.app.fetch(request)).rest() as unknown as Event[];
      };
      for (const events of await Promise.all(Array.from({ length: SUBSCRIBERS }, follow))) {
        assertEquals(
          events.map(({ number }) => number),
          Array.from({ length: 12 }, (_, i) => i + 1),
        );
        assertEquals(events.at(-1)!.kind, "Done");
      }
      assertEquals(listening(server, id), 0);
      return heapInUse();
    };
    // The first round warms up: code is compiled, the heap has its size.
    const first = await round(0);
    const growth = await round(1) - first;
    assert(growth < GROWTH, `memory grew by ${growth / 1e6} MB`);
  }));

Deno.test("a subscriber that does not read holds nothing up, and later gets every frame and the result", () =>
  withToyServer(async (server) => {
    const { ask, compute } = server;
    const model = await server.follow(
      "subscription { event: makeModel { ... on Done { resultData } } }",
    );
    const { resultData } = (await model.rest()).at(-1) as unknown as {
      resultData: { probe: string };
    };
    const { data } = await ask(
      `mutation($probe: ID!) {
        started: counterfactualPath(input: { probe: $probe, dataset: "bars", steps: 400, delay: 3 }) { job { id } }
      }`,
      resultData,
    );
    const { id } = data.started.job;
    let pulled = 0;
    const watch = compute.watch.bind(compute);
    Object.defineProperty(compute, "watch", {
      value: (...args: Parameters<typeof watch>) => {
        const events = watch(...args);
        const next = events.next.bind(events);
        return Object.assign(events, { next: () => (pulled++, next()) });
      },
    });
    const stream = await server.follow(EVENTS, { id });
    await until(async () => (await compute.job(id)).state === "done");
    assert(pulled < 10, `${pulled} events were read for a client that reads none`);

    const events = await stream.rest() as unknown as Event[];
    const of = (kind: string) => events.filter((event) => event.kind === kind);
    assertEquals([of("PathFrame").length, of("Warning").length, events.at(-1)!.kind], [
      4,
      1,
      "Done",
    ]);
    assert(of("Preview").length < 10, `${of("Preview").length} of 400 previews`);
    assertEquals(of("Preview").at(-1)!.step, 400);
    assertEquals(
      events.map(({ number }) => number),
      events.map(({ number }) => number).toSorted((a, b) => a - b),
    );
    assertEquals(listening(server, id), 0);
  }));

Deno.test("a connection that nobody reads fills up, and then nothing more is made for it", () =>
  withToyServer(async (server) => {
    await using http = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen() {} },
      (request) => server.app.fetch(request),
    );
    const { data } = await server.ask(
      "mutation { started: chatter(input: { events: 5000 }) { job { id } } }",
    );
    // 100 past events with each: some 10 kB, so that all would be 50 MB.
    const query = `subscription($id: ID!) { jobEvents(id: $id, after: 200) {
      job { events(first: 100) { nodes { number at jobId __typename } } }
    } }`;
    const body = JSON.stringify({ query, variables: data.started.job });
    const head = [
      ...["POST /graphql HTTP/1.1", "Host: localhost", "Content-Type: application/json"],
      ...["Accept: text/event-stream", `Content-Length: ${body.length}`, "", ""],
    ].join("\r\n");
    const connection = await Deno.connect({ hostname: "127.0.0.1", port: http.addr.port });
    await connection.write(new TextEncoder().encode(head + body));
    await until(async () => (await server.compute.job(data.started.job.id)).state === "done");
    const sent = async () => {
      const response = await server.app.fetch(new Request("http://localhost/metrics"));
      return Number(/^countergrade_events_sent_total (\d+)/m.exec(await response.text())![1]);
    };
    let before = -1;
    await until(async () => {
      const now = await sent();
      const still = now === before && now > 0;
      before = now;
      await new Promise((resolve) => setTimeout(resolve, 300));
      return still;
    });
    assert(before < 4_000, `${before} of 5000 events were made for a client that reads none`);
    assertEquals(listening(server, data.started.job.id), 1);
    connection.close();
    await until(() => listening(server, data.started.job.id) === 0);
  }));

Deno.test("a quiet subscription has a heartbeat, so that nobody takes the connection for dead", () =>
  withToyServer(async (server) => {
    const { data } = await server.ask(
      "mutation { started: hang(input: { busy: false }) { job { id } } }",
    );
    using time = new FakeTime();
    const request = post(EVENTS, data.started.job, { accept: "text/event-stream" });
    const reader = (await server.app.fetch(request)).body!
      .pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    const beats = () => text.split("\n\n").filter((part) => part === ":").length;
    const reading = (async () => {
      for (let read = await reader.read(); !read.done; read = await reader.read()) {
        text += read.value;
      }
    })();
    await time.tickAsync();
    const first = beats();
    for (let beat = 1; beat <= 3; beat++) {
      await time.tickAsync(11_999);
      assertEquals(beats(), first + beat - 1);
      await time.tickAsync(1);
      assertEquals(beats(), first + beat);
    }
    await reader.cancel();
    await reading;
  }));

Deno.test("clients that hang up free their subscriptions, also those on a quiet job", () =>
  withToyServer(async (server) => {
    await using http = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen() {} },
      (request) => server.app.fetch(request),
    );
    const { data } = await server.ask(
      "mutation { started: countUp(input: { steps: 100, delay: 1000 }) { job { id } } }",
    );
    const url = `http://127.0.0.1:${http.addr.port}/graphql`;
    const clients = await Promise.all(Array.from({ length: 50 }, async () => {
      const request = post(EVENTS, data.started.job, { accept: "text/event-stream" });
      return (await fetch(new Request(url, request))).body!;
    }));
    await until(() => listening(server, data.started.job.id) === 50);
    for (const client of clients) await client.cancel();
    await until(() => listening(server, data.started.job.id) === 0);
  }));
