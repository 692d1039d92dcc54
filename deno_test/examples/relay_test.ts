/** Relay's own compiler takes the schema and the operations of the example, and what does not fit is refused. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";

/** Where the compiler lies. */
const { default: relay }: { default: string } = await import("relay-compiler");
const EXAMPLE = new URL("../../examples/relay/", import.meta.url);
const SCHEMA = new URL("../../server/schema.graphql", import.meta.url);

/** Compiles operations in a folder of their own; what the compiler says, and the names of what it wrote. */
async function compiled(operations: string) {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.copyFile(SCHEMA, `${folder}/schema.graphql`);
    await Deno.writeTextFile(`${folder}/paths.ts`, operations);
    await Deno.mkdir(`${folder}/made`);
    const config = JSON.parse(await Deno.readTextFile(new URL("relay.config.json", EXAMPLE)));
    const own = { ...config, schema: "schema.graphql", artifactDirectory: "made" };
    await Deno.writeTextFile(`${folder}/relay.config.json`, JSON.stringify(own));
    const { success, stdout, stderr } = await new Deno.Command(relay, {
      args: ["relay.config.json"],
      cwd: folder,
      env: { FORCE_NO_WATCHMAN: "1" },
    }).output();
    const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    const made = (await Array.fromAsync(Deno.readDir(`${folder}/made`))).map(({ name }) => name);
    return { success, said, made: made.sort() };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test({
  name: "Relay's compiler writes artifacts for lists, nodes, mutations and subscriptions",
  ignore: !["linux", "darwin"].includes(Deno.build.os),
  async fn() {
    const operations = await Deno.readTextFile(new URL("paths.ts", EXAMPLE));
    const { success, said, made } = await compiled(operations);
    assert(success, said);
    assertEquals(
      made,
      [
        ...["pathsDeleteMutation", "pathsFollowSubscription", "pathsListQuery", "pathsProbeQuery"],
        ...["pathsStartMutation", "pathsViewQuery", "paths_list", "paths_probe"],
      ].map((name) => `${name}.graphql.ts`),
    );
    const wrong = await compiled(operations.replace("totalCount", "total"));
    assertEquals(wrong.success, false);
    assertStringIncludes(wrong.said, "total");
  },
});
