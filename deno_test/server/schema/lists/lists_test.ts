/** Lists in pages, and everything that is stored in one of them. */

import { assertEquals } from "@std/assert";
import { withToyServer } from "../../toy_server.ts";
import { probeOf, run } from "../../toy_runs.ts";

Deno.test("lists come in pages whose cursors stay good", () =>
  withToyServer(async (server) => {
    for (const title of ["a", "b", "c"]) {
      await run(server, `makeModel(input: { title: "${title}" })`);
    }
    const page = async (more: string) =>
      (await server.ask(`{
        probes(first: 2${more}) {
          edges { cursor node { title encoder { title } scale { names } dataset { id } } }
          pageInfo { hasNextPage endCursor }
        }
      }`)).data.probes;
    const first = await page("");
    assertEquals(first.edges.map((edge: { node: { title: string } }) => edge.node.title), [
      "c",
      "b",
    ]);
    assertEquals(first.edges[0].node.dataset.id, "bars");
    assertEquals(first.pageInfo.hasNextPage, true);
    await run(server, 'makeModel(input: { title: "d" })');
    const second = await page(`, after: "${first.pageInfo.endCursor}"`);
    assertEquals(second.edges[0].node.title, "a");
    assertEquals(second.pageInfo.hasNextPage, false);
  }));

Deno.test("everything that is stored is found in one list, and by node whatever it is", () =>
  withToyServer(async (server) => {
    await probeOf(server);
    await run(server, "countUp(input: { steps: 2 })");
    const page = async (more: string) =>
      (await server.ask(`{ artifacts(first: 2${more}) {
        nodes { __typename id kind } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      } }`)).data.artifacts;
    const first = await page("");
    assertEquals(first.nodes.map(({ kind }: { kind: string }) => kind), ["tally", "probe"]);
    assertEquals(first.pageInfo, {
      hasNextPage: true,
      hasPreviousPage: false,
      startCursor: first.nodes[0].id,
      endCursor: first.nodes[1].id,
    });
    const rest = await page(`, after: "${first.pageInfo.endCursor}"`);
    assertEquals([rest.nodes[0].kind, rest.pageInfo.hasPreviousPage], ["encoder", true]);
    for (const { __typename, id } of [...first.nodes, ...rest.nodes]) {
      const { data } = await server.ask("query ($id: ID!) { node(id: $id) { __typename id } }", {
        id,
      });
      assertEquals(data.node, { __typename, id });
    }
    assertEquals((await page(', kind: "encoder"')).nodes.length, 1);
    const gone = await server.ask('{ artifacts(after: "probe-0") { nodes { id } } }');
    assertEquals(gone.errors?.[0].extensions?.optionPath, ["after"]);
  }));
