/** Options as GraphQL inputs: what a zod schema says appears in the schema definition, and values find their way back. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { graphql, printSchema } from "graphql";
import { z } from "zod";
import { createBuilder } from "../../../server/schema/builder.ts";
import { InputTypes } from "../../../server/schema/zod_input.ts";

/** A schema with a field `echo` that returns the options made of its input. */
function schemaOf(schema: z.ZodType) {
  const builder = createBuilder();
  const input = new InputTypes(builder).of("EchoInput", schema);
  builder.queryField("echo", (t) =>
    t.field({
      type: "JSON",
      args: { input: t.arg({ type: input.type, required: true }) },
      resolve: (_root, args) => input.toOptions(args.input),
    }));
  builder.mutationField("none", (t) => t.boolean({ resolve: () => true }));
  builder.subscriptionField(
    "none",
    (t) => t.boolean({ subscribe: async function* () {}, resolve: () => true }),
  );
  return builder.toSchema();
}

async function echo(schema: z.ZodType, input: string): Promise<unknown> {
  const { data, errors } = await graphql({
    schema: schemaOf(schema),
    source: `{ echo(input: ${input}) }`,
    contextValue: {},
  });
  if (errors) throw errors[0];
  return data!.echo;
}

const flat = z.strictObject({ c: z.number().positive().default(1).describe("Weight of the data") });
const none = z.strictObject({});
const choice = z.strictObject({ flat: flat.optional().describe("A line"), none: none.optional() })
  .meta({ oneOf: "probes" });

Deno.test("types, defaults, limits and descriptions appear in the schema definition", () => {
  const text = printSchema(schemaOf(z.strictObject({
    name: z.string(),
    steps: z.int().min(1).max(100).default(5).describe("How far"),
    rate: z.number().lt(1).default(0.5),
    exact: z.boolean().default(false),
    targets: z.array(z.number()).min(1).default([0, 1]),
    mode: z.enum(["v-prediction", "logSnr"]).default("logSnr"),
    matrix: z.array(z.array(z.number())).optional(),
    extra: z.record(z.string(), z.number()).optional(),
    maybe: z.number().nullable().default(null),
    inner: z.strictObject({ size: z.int().default(2) }).prefault({}),
  })));
  for (
    const line of [
      "name: String!",
      '"""How far. At least 1, at most 100."""\n  steps: Int = 5',
      '"""Less than 1."""\n  rate: Float = 0.5',
      "exact: Boolean = false",
      '"""At least 1 item."""\n  targets: [Float!] = [0, 1]',
      "mode: EchoMode = LOG_SNR",
      "enum EchoMode {\n  LOG_SNR\n  V_PREDICTION\n}",
      "matrix: JSON",
      "extra: JSON",
      "maybe: Float\n",
      "inner: EchoInner = {  }",
      "input EchoInner {\n  size: Int = 2\n}",
    ]
  ) assertStringIncludes(text, line);
});

Deno.test("a choice is a @oneOf input, named after its family; the same structure is one type", () => {
  const text = printSchema(schemaOf(z.strictObject({
    probe: choice.prefault({ flat: {} }),
    second: choice.optional(),
  })));
  assertStringIncludes(text, "input ProbeChoice @oneOf {");
  assertStringIncludes(text, '"""A line"""\n  flat: FlatProbeOptions');
  assertStringIncludes(text, "probe: ProbeChoice = { flat: {  } }");
  assertStringIncludes(text, "second: ProbeChoice\n");
  assertStringIncludes(text, "input NoneProbeOptions {");
  assertEquals(text.match(/input \w*ProbeOptions/g)?.length, 2);
});

Deno.test("two structures never share a name", () => {
  const narrow = z.strictObject({ flat: flat.optional() }).meta({ oneOf: "probes" });
  const text = printSchema(schemaOf(z.strictObject({ all: choice, narrow })));
  assertStringIncludes(text, "all: ProbeChoice!");
  assertStringIncludes(text, "narrow: EchoNarrow!");
});

Deno.test("values come back as the zod schema takes them", async () => {
  const schema = z.strictObject({
    mode: z.enum(["v-prediction", "eps"]).optional(),
    "dash-ed": z.number().optional(),
    maybe: z.number().nullable().optional(),
    list: z.array(z.strictObject({ a: z.int().optional() })).optional(),
    probe: choice.optional(),
    extra: z.record(z.string(), z.number()).optional(),
  });
  assertEquals(
    await echo(schema, "{ mode: V_PREDICTION, dash_ed: 2, list: [{ a: 1 }, { a: null }] }"),
    { mode: "v-prediction", "dash-ed": 2, list: [{ a: 1 }, {}] },
  );
  assertEquals(await echo(schema, "{ mode: null, maybe: null, extra: { x: 1 } }"), {
    maybe: null,
    extra: { x: 1 },
  });
  assertEquals(await echo(schema, "{ probe: { none: { _: true } } }"), { probe: { none: {} } });
  assertEquals(await echo(schema, "{ probe: { flat: {} } }"), { probe: { flat: { c: 1 } } });
});

Deno.test("texts that make no enum stay texts", async () => {
  const schema = z.strictObject({ sign: z.enum(["+", "-"]) });
  assertStringIncludes(printSchema(schemaOf(schema)), "sign: String!");
  assertEquals(await echo(schema, '{ sign: "+" }'), { sign: "+" });
});

Deno.test("tuples are lists of their length, and defaults that GraphQL cannot write stay with the schema", async () => {
  const schema = z.strictObject({
    range: z.tuple([z.number(), z.number()]).default([-1, 1]),
    grid: z.array(z.array(z.number())).default([[1]]),
  });
  const text = printSchema(schemaOf(schema));
  assertStringIncludes(text, "At least 2 items, at most 2 items");
  assertStringIncludes(text, "range: [Float!] = [-1, 1]");
  assertStringIncludes(text, "grid: JSON\n");
  assertEquals(await echo(schema, "{ range: [0, 1] }"), { range: [0, 1] });
});
