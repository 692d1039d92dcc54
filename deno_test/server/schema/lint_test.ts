/** The rules of @graphql-eslint for schemas and for Relay: clean, but for reasons that are written here. */

import graphql from "@graphql-eslint/eslint-plugin";
import { ESLint } from "eslint";
import { assert, assertEquals } from "@std/assert";
import { buildSchema, isObjectType } from "graphql";
import { SCHEMA_FILE } from "../../../server/schema/print.ts";

const RULES = {
  ...graphql.configs["flat/schema-recommended"].rules,
  ...graphql.configs["flat/schema-relay"].rules,
  "@graphql-eslint/require-nullable-result-in-root": "error",
  // A list that never grows, as the frames of a path or the names of a scale, is a list: what grows is a connection.
  "@graphql-eslint/relay-edge-types": ["error", {
    listTypeCanWrapOnlyEdgeType: false,
    shouldImplementNode: false,
    withEdgeSuffix: true,
  }],
  // What has no identity, as a frame or an error, has no id either: all that a client may ask for again is a Node.
  "@graphql-eslint/strict-id-in-types": "off",
} as const;

async function messages(sdl: string): Promise<string[]> {
  const folder = await Deno.makeTempDir();
  try {
    const file = `${folder}/schema.graphql`;
    await Deno.writeTextFile(file, sdl);
    const eslint = new ESLint({
      cwd: folder,
      overrideConfigFile: true,
      overrideConfig: [{
        files: ["**/*.graphql"],
        languageOptions: {
          parser: graphql.parser,
          parserOptions: { graphQLConfig: { schema: file } },
        },
        plugins: { "@graphql-eslint": graphql as never },
        rules: RULES as never,
      }],
    });
    const [{ messages }] = await eslint.lintFiles([file]);
    return messages.map(({ ruleId, line, message }) => `${line}: ${ruleId}: ${message}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("the schema keeps the rules of @graphql-eslint for schemas and Relay", async () => {
  const sdl = await Deno.readTextFile(SCHEMA_FILE);
  assert(Object.keys(RULES).length > 20);
  assertEquals(await messages(sdl), []);
  const spoiled = sdl.replace("  tasks: [Task!]", "  tasks: Task!");
  assert(spoiled !== sdl);
  assert(
    (await messages(spoiled)).some((text) => text.includes("require-nullable-result-in-root")),
  );
});

Deno.test("whatever has an id of its own among all is a Node", async () => {
  const schema = buildSchema(await Deno.readTextFile(SCHEMA_FILE));
  const without = Object.values(schema.getTypeMap()).filter((type) =>
    isObjectType(type) && type.getFields().id?.type.toString() === "ID!" &&
    !type.getInterfaces().some(({ name }) => name === "Node")
  ).map(({ name }) => name);
  // Plugins are named, not stored; images of a data set are named within it.
  assertEquals(without.sort(), [
    "GradeResultGrade",
    "GradeResultRefused",
    "Plugin",
    "PluginVersion",
  ]);
});
