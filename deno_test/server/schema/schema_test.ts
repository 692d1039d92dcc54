/** The committed schema is that of the code. */

import { assertEquals } from "@std/assert";
import { buildSchema, isObjectType } from "graphql";
import { printBuiltinSchema, SCHEMA_FILE } from "../../../server/schema/print.ts";

Deno.test("server/schema.graphql is the schema of the built-in plugins (else: deno task schema)", async () => {
  assertEquals(await printBuiltinSchema(), await Deno.readTextFile(SCHEMA_FILE));
});

Deno.test("the schema has the names that clients expect", async () => {
  const schema = buildSchema(await printBuiltinSchema());
  const fields = (name: string) => {
    const type = schema.getType(name);
    return isObjectType(type) ? Object.keys(type.getFields()) : [];
  };
  const missing = (type: string, names: string) =>
    names.split(" ").filter((name) => !fields(type).includes(name));
  assertEquals(
    missing(
      "Mutation",
      "trainEncoder importEncoder encode trainProbe grade counterfactualPath cancelJob",
    ),
    [],
  );
  assertEquals(
    missing(
      "Query",
      "plugins tasks datasets dataset encoders encoder probes probe paths counterfactualPath jobs job node",
    ),
    [],
  );
  assertEquals(missing("Subscription", "jobEvents counterfactualPath"), []);
});
