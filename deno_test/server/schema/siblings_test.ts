/** Types that one place can have agree on the fields that they share: what a client writes first is valid. */

import { assert, assertEquals } from "@std/assert";
import {
  buildSchema,
  getNamedType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  parse,
  validate,
} from "graphql";
import { printBuiltinSchema } from "../../../server/schema/print.ts";

const schema = buildSchema(await printBuiltinSchema());

/** Lists and what may be null, around the name of a leaf or `{}`. */
function shapeOf(type: GraphQLOutputType): string {
  if (isNonNullType(type)) return `${shapeOf(type.ofType)}!`;
  if (isListType(type)) return `[${shapeOf(type.ofType)}]`;
  return isLeafType(type) ? type.name : "{}";
}

/** The object types that a place of this type can have. */
function possible(schema: GraphQLSchema, type: GraphQLOutputType): readonly GraphQLObjectType[] {
  const named = getNamedType(type);
  if (isAbstractType(named)) return schema.getPossibleTypes(named);
  return isObjectType(named) ? [named] : [];
}

/** Fields of one name that two types of one place have with different shapes, however deep. */
function conflictsOf(schema: GraphQLSchema): string[] {
  const compared = new Set<string>();
  const found: string[] = [];
  const compare = (a: GraphQLObjectType, b: GraphQLObjectType) => {
    const pair = [a.name, b.name].sort().join(" and ");
    if (a === b || compared.has(pair)) return;
    compared.add(pair);
    const others = b.getFields();
    for (const { name, type } of Object.values(a.getFields())) {
      const other = others[name]?.type;
      if (!other) continue;
      if (shapeOf(type) !== shapeOf(other)) found.push(`${pair}: ${name} is ${type} and ${other}`);
      else all(possible(schema, type), possible(schema, other));
    }
  };
  const all = (some: readonly GraphQLObjectType[], others: readonly GraphQLObjectType[]) => {
    for (const a of some) for (const b of others) compare(a, b);
  };
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isAbstractType(type)) continue;
    all(schema.getPossibleTypes(type), schema.getPossibleTypes(type));
  }
  assert(compared.size > 500 || schema.getType("A"));
  return found;
}

Deno.test("siblings of a union agree in names and nullability, however deep", () => {
  assertEquals(conflictsOf(schema), []);
  const clash = buildSchema(`union U = A | B type A { c: C! } type B { c: D! } type C { x: Int }
    type D { x: Int! } type Query { u: U }`);
  assertEquals(conflictsOf(clash), ["C and D: x is Int and Int!"]);
});

Deno.test("the subscription that everybody writes first is valid", () => {
  const document = parse(`subscription {
    jobEvents(id: "job-1") {
      ... on Progress { message } ... on Warning { message }
      ... on Preview { image { url } } ... on TrainingSample { image { url } }
      ... on Done { result {
        ... on CounterfactualPathResult { frames { image { url } } warnings label }
        ... on InterpolateResult { frames { image { url } } label }
        ... on TrainProbeResult { probe { title scale { names } } warnings }
        ... on EvaluateResult { frameCount pathCount }
      } }
    }
  }`);
  assertEquals(validate(schema, document), []);
});

Deno.test("ids are of the type ID wherever they come, and JSON is only where a plugin decides", () => {
  const texts: string[] = [];
  const json = new Set<string>();
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith("__") || !("getFields" in type)) continue;
    for (const { name, type: of } of Object.values(type.getFields())) {
      const leaf = getNamedType(of as GraphQLOutputType).name;
      const isId = /^(id|dataset|probe|encoder|codes)$|Id$/.test(name);
      if (isId && leaf === "String") texts.push(`${type.name}.${name}`);
      if (leaf === "JSON") {
        json.add(/Job$/.test(type.name) ? `Job.${name}` : `${type.name}.${name}`);
      }
    }
  }
  // The name of a file.
  assertEquals(texts, ["ImportOnnxInput.encoder"]);
  const decided =
    /\.(options|optionsSchema|resultData|metadata|metrics|details|report|data|config)$/;
  // Metrics are plugins, and name their figures.
  assertEquals([...json].filter((name) => !decided.test(name)), [
    "EvaluateResultJudgeOwn.figures",
    "EvaluateResultJudgeTogether.figures",
  ]);
});
