/** Lists in pages: forwards and backwards, the same items by the same cursors, and how many there are. */

import { assertEquals } from "@std/assert";
import { type Answer, type ToyServer, withToyServer } from "../../toy_server.ts";

/** A list's page: its cursors, and whether something lies on either side. */
type Page = { cursors: string[]; before: boolean; after: boolean; total: number };

const FIELDS =
  "totalCount edges { cursor } nodes { __typename } pageInfo { hasPreviousPage hasNextPage startCursor endCursor }";

/** Reads a page of `field`, which stands in `within`. */
async function pageOf(server: ToyServer, within: string, field: string): Promise<Page> {
  const answer = await server.ask(`{ ${within.replace("LIST", `list: ${field} { ${FIELDS} }`)} }`);
  const { list } = answer.data.outer ?? answer.data;
  const cursors = list.edges.map(({ cursor }: { cursor: string }) => cursor);
  const { hasPreviousPage, hasNextPage, startCursor, endCursor } = list.pageInfo;
  assertEquals([startCursor, endCursor], [cursors[0] ?? null, cursors.at(-1) ?? null]);
  assertEquals(list.nodes.length, cursors.length);
  return { cursors, before: hasPreviousPage, after: hasNextPage, total: list.totalCount };
}

/** All pages of `size`, in one direction; each page's items in the order of the list. */
async function walk(read: (args: string) => Promise<Page>, back: boolean, size: number) {
  const pages: string[][] = [];
  let cursor: string | undefined;
  while (true) {
    const [count, side] = back ? ["last", "before"] : ["first", "after"];
    const page = await read(`${count}: ${size}${cursor ? `, ${side}: "${cursor}"` : ""}`);
    pages[back ? "unshift" : "push"](page.cursors);
    if (!(back ? page.before : page.after)) return pages;
    cursor = back ? page.cursors[0] : page.cursors.at(-1);
  }
}

async function started(server: ToyServer, steps: number): Promise<string> {
  const { data } = await server.ask(
    `mutation { started: countUp(input: { steps: ${steps} }) { job { id } } }`,
  );
  const { id } = data.started.job;
  await (await server.follow(`subscription { event: jobEvents(id: "${id}") { number } }`)).rest();
  return id;
}

Deno.test("every list is the same forwards and backwards, and knows its length", () =>
  withToyServer(async (server) => {
    const ids: string[] = [];
    for (let steps = 1; steps <= 5; steps++) ids.unshift(await started(server, steps));
    const events = Array.from({ length: 7 }, (_, i) => String(i + 1));
    const images = Array.from({ length: 30 }, (_, i) => String(i));
    const lists: [within: string, field: (args: string) => string, all: string[]][] = [
      ["LIST", (args) => `jobs(${args})`, ids],
      [`outer: job(id: "${ids[0]}") { LIST }`, (args) => `events(${args})`, events],
      ['outer: dataset(id: "bars") { LIST }', (args) => `images(split: "val", ${args})`, images],
    ];
    for (const [within, field, all] of lists) {
      const read = (args: string) => pageOf(server, within, field(args));
      assertEquals((await read("first: 1")).total, all.length);
      for (const size of [2, 3, 100]) {
        assertEquals((await walk(read, false, size)).flat(), all, `${field("")} by ${size}`);
        assertEquals((await walk(read, true, size)).flat(), all, `${field("")} back by ${size}`);
      }
      const [a, b, c, d] = all;
      const between = await read(`first: 9, after: "${a}", before: "${d}"`);
      assertEquals(between.cursors, [b, c]);
      assertEquals((await read(`last: 1, after: "${a}", before: "${d}"`)).cursors, [c]);
      assertEquals((await read(`first: 3, after: "${all.at(-1)}"`)).cursors, []);
    }
  }));

Deno.test("filters count for the length of a list too", () =>
  withToyServer(async (server) => {
    await started(server, 3);
    const { data } = await server.ask(`{
      all: artifacts { totalCount } none: artifacts(kind: "codes") { totalCount }
      done: jobs(state: DONE) { totalCount } failed: jobs(state: FAILED) { totalCount }
    }`);
    const counts = Object.values(data as Record<string, { totalCount: number }>);
    assertEquals(counts.map(({ totalCount }) => totalCount), [1, 0, 1, 0]);
  }));

Deno.test("a page that is too long, of both ends, or from nowhere is refused by name", () =>
  withToyServer(async (server) => {
    const refused = async (args: string): Promise<unknown> => {
      const { errors }: Answer = await server.ask(`{ jobs(${args}) { totalCount } }`);
      const { code, optionPath } = errors![0].extensions!;
      return [code, optionPath];
    };
    assertEquals(await refused("last: 101"), ["LIMIT", undefined]);
    assertEquals(await refused("last: 0"), ["BAD_INPUT", ["last"]]);
    assertEquals(await refused("first: 1, last: 1"), ["BAD_INPUT", ["last"]]);
    assertEquals(await refused('last: 1, before: "job-0"'), ["BAD_INPUT", ["before"]]);
    const { errors } = await server.ask(
      '{ dataset(id: "bars") { images(last: 1, before: "x") { totalCount } } }',
    );
    assertEquals(errors![0].extensions!.optionPath, ["before"]);
  }));

Deno.test("parts of a job stand with it, and in no list", () =>
  withToyServer(async (server) => {
    const { data } = await server.ask(
      "mutation { started: countTogether(input: { steps: 3 }) { job { id } } }",
    );
    const { id } = data.started.job;
    await (await server.follow(`subscription { event: jobEvents(id: "${id}") { number } }`)).rest();
    const asked = `{ jobs { totalCount } job(id: "${id}") {
      parent { id } parts { totalCount nodes { state parent { id } } } } }`;
    const { job, jobs } = (await server.ask(asked)).data;
    const part = { state: "DONE", parent: { id } };
    assertEquals(job, { parent: null, parts: { totalCount: 3, nodes: [part, part, part] } });
    assertEquals(jobs.totalCount, 1);
  }));
