/** Options by a schema: what is wrong is told by its path, numbers of places as numbers. */

import { InputError } from "@countergrade/countergrade";
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { z } from "zod";
import {
  jsonSchemaOf,
  parseOptions,
  type StandardSchema,
  validated,
} from "../../../core/host/plugin_options.ts";

const schema = z.strictObject({ folds: z.int().default(5), list: z.array(z.int()).default([]) });

Deno.test("what fits comes with its defaults, what does not is named down to its place", async () => {
  assertEquals(parseOptions(schema, { list: [1] }, "the options"), { folds: 5, list: [1] });
  assertEquals(await validated(schema, { folds: 2 }, "the options"), { folds: 2, list: [] });
  const wrong: [value: unknown, path: (string | number)[], says: string][] = [
    [{ list: [1, "x"] }, ["list", 1], "Cannot read the options: list.1: "],
    [{ folds: 0.5, list: ["x"] }, ["folds"], "Cannot read the options: folds: "],
    [5, [], "Cannot read the options: options: "],
  ];
  for (const [value, path, says] of wrong) {
    const now = assertThrows(() => parseOptions(schema, value, "the options"), InputError, says);
    const later = await assertRejects(
      () => validated(schema, value, "the options"),
      InputError,
      says,
    );
    assertEquals([now.path, later.path], [path, path]);
  }
});

Deno.test("a schema of any library may answer later, name keys in its own way, and lack a JSON Schema", async () => {
  const symbol = Symbol("odd");
  const answers: StandardSchema<number> = {
    "~standard": {
      version: 1,
      vendor: "test",
      validate: (value) =>
        Promise.resolve(
          value === 1 ? { value: 2 } : { issues: [{ message: "no", path: [{ key: 3 }, symbol] }] },
        ),
    },
  };
  assertEquals(await validated(answers, 1, "it"), 2);
  const error = await assertRejects(() => validated(answers, 0, "it"), InputError);
  assertEquals([error.path, error.message], [
    [3, "Symbol(odd)"],
    "Cannot read it: 3.Symbol(odd): no",
  ]);
  assertEquals(jsonSchemaOf(answers), undefined);
  assertEquals(jsonSchemaOf(schema)?.type, "object");
});
