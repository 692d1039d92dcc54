/** Options as GraphQL inputs: what a zod schema says appears in the schema definition, and values find their way back. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { graphql, printSchema } from "graphql";
import { z } from "zod";
import { createBuilder } from "../../../../server/schema/builder.ts";
import { InputTypes } from "../../../../server/schema/generated/zod_input.ts";

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
      "enum EchoMode {",
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

Deno.test("defaults go all the way down: enums, tuples and lists within objects, choices within choices", async () => {
  const deep = z.strictObject({
    mode: z.enum(["v-prediction", "eps"]).default("v-prediction"),
    modes: z.array(z.enum(["v-prediction", "eps"])).default(["eps"]),
    range: z.tuple([z.number(), z.number()]).default([-1, 1]),
    inner: z.strictObject({ size: z.int().default(2) }).prefault({ size: 3 }),
  });
  const outer = z.strictObject({ deep: deep.optional() }).meta({ oneOf: "editors" });
  const schema = z.strictObject({
    deep: deep.prefault({ mode: "eps" }),
    editor: outer.prefault({ deep: { mode: "eps" } }),
  });
  const text = printSchema(schemaOf(schema));
  for (
    const line of [
      "mode: EchoDeepMode = V_PREDICTION",
      "modes: [EchoDeepMode!] = [EPS]",
      "range: [Float!] = [-1, 1]",
      "inner: EchoDeepInner = { size: 3 }",
      "deep: EchoDeep = { mode: EPS }",
      "editor: EditorChoice = { deep: { mode: EPS } }",
    ]
  ) assertStringIncludes(text, line);
  const whole = { mode: "eps", modes: ["eps"], range: [-1, 1], inner: { size: 3 } };
  const parsed: unknown = schema.parse(await echo(schema, "{}"));
  assertEquals(parsed, { deep: whole, editor: { deep: whole } });
});

Deno.test("an enum is named by its title, and its values say what they mean", () => {
  const fit = z.enum(["pad", "crop"]).meta({
    title: "Fit",
    enumDescriptions: { pad: "All of it." },
  });
  const text = printSchema(schemaOf(z.strictObject({ how: fit.describe("How it fits") })));
  assertStringIncludes(text, '"""How it fits"""\nenum Fit {');
  assertStringIncludes(text, '"""All of it."""\n  PAD');
  assertStringIncludes(text, '"""On the command line: `crop`."""\n  CROP');
});

Deno.test("an id of an artifact is an ID", () => {
  const id = z.string().optional().meta({ artifact: true });
  assertStringIncludes(printSchema(schemaOf(z.strictObject({ image: id }))), "image: ID\n");
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
