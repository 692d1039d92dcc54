/** The committed schema is that of the code. */

import { assert, assertEquals } from "@std/assert";
import {
  buildSchema,
  type GraphQLNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
} from "graphql";
import { Host } from "@countergrade/countergrade";
import { TAKEN_TASKS } from "../../../core/host/plugin_faults.ts";
import { createSchema } from "../../../server/schema/schema.ts";
import { printBuiltinSchema, SCHEMA_FILE } from "../../../server/schema/print.ts";

Deno.test("server/schema.graphql is the schema of the built-in plugins (else: deno task schema)", async () => {
  assertEquals(await printBuiltinSchema(), await Deno.readTextFile(SCHEMA_FILE));
});

/** Every part of a type that has a description, with its name and that. */
function* partsOf(type: GraphQLNamedType): Generator<readonly [string, string | null | undefined]> {
  yield [type.name, type.description];
  if (isEnumType(type)) {
    for (const { name, description } of type.getValues()) {
      yield [`${type.name}.${name}`, description];
    }
  }
  if (isInputObjectType(type) || isObjectType(type) || isInterfaceType(type)) {
    for (const field of Object.values(type.getFields())) {
      yield [`${type.name}.${field.name}`, field.description];
      const { args } = field as { args?: readonly { name: string; description?: string | null }[] };
      for (const { name, description } of args ?? []) {
        yield [`${type.name}.${field.name}(${name}:)`, description];
      }
    }
  }
}

Deno.test("every type, field, argument, value and option says what it is", async () => {
  const schema = buildSchema(await printBuiltinSchema());
  const parts = Object.values(schema.getTypeMap())
    .filter(({ name }) => !name.startsWith("__")).flatMap((type) => [...partsOf(type)]);
  assert(parts.length > 1000);
  assertEquals(parts.filter(([, description]) => !description?.trim()).map(([name]) => name), []);
});

Deno.test("whatever is a Node can be asked for by id, and lists that grow are connections", async () => {
  const schema = buildSchema(await printBuiltinSchema());
  const ofNode = Object.values(schema.getTypeMap()).filter((type) =>
    isObjectType(type) && type.getInterfaces().some(({ name }) => name === "Node")
  ).map(({ name }) => name);
  const artifacts = [
    "Encoder",
    "Codes",
    "Probe",
    "CounterfactualPath",
    "StoredImage",
    "OtherArtifact",
    ...["Classifier", "Judge", "LatentMap", "Evaluation", "EditorComparison"],
    ...["DatasetInspection", "Checkpoint"],
  ];
  assertEquals(
    ofNode.filter((name) => !name.endsWith("Job")).sort(),
    [...artifacts, "Dataset"].sort(),
  );
  const query = schema.getQueryType()!.getFields();
  for (const name of ["artifacts", "encoders", "probes", "paths", "storedImages", "jobs"]) {
    assert(/Connection$/.test(String(query[name].type)), name);
    const args = query[name].args.map(({ name }) => name);
    assert(args.includes("first") && args.includes("after"), name);
  }
});

Deno.test("what the API itself calls its mutations and subscriptions no task may be called", async () => {
  await using host = await Host.boot([]);
  // A schema needs at least one task beside its own fields.
  const own = createSchema(host, []);
  const names = [own.getMutationType(), own.getSubscriptionType()]
    .flatMap((type) => Object.keys(type!.getFields()));
  assertEquals(names.filter((name) => !TAKEN_TASKS.includes(name)), []);
  const types = Object.keys(own.getTypeMap());
  for (
    const [, start] of types.map((name) => /^(.+)(Job|Payload|Input|Result)$/.exec(name) ?? [])
  ) {
    if (start === undefined) continue;
    const taken = TAKEN_TASKS.some((name) => name.toLowerCase() === start.toLowerCase());
    assert(taken, `a task called "${start}" would make a type that there is`);
  }
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
