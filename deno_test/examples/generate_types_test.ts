/** Types for operations: nullable, lists, cases, inputs, and what is refused. */

import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { formatted, typesOf } from "../../examples/generate_types.ts";

const SDL = `
  scalar JSON
  enum Mood { GOOD BAD }
  input Choice @oneOf { cat: Int dog: [Mood!] }
  input Options { name: String! mood: Mood! = GOOD choice: Choice inner: [Options] }
  interface Named { name: String }
  type Cat implements Named { name: String lives: Int! friends: [[Named!]] }
  type Dog implements Named { name: String mood: Mood! }
  type Fish implements Named { name: String }
  union Pet = Cat | Dog | Fish
  type Query { pets(options: Options, first: Int = 3): [Pet!]! named: Named extra: JSON }
`;

const types = async (operations: string) => await formatted(typesOf(SDL, operations));

Deno.test("cases are told apart by __typename, and those with the same fields are one", async () => {
  const text = await types(`query Pets($first: Int!) {
    pets(first: $first) {
      kind: __typename
      ... on Named { name }
      ...Lives
      ... on Dog { mood }
    }
    extra
  }
  fragment Lives on Cat { lives friends { name } }`);
  for (
    const line of [
      "export interface PetsVariables {\n  readonly first: number;\n}",
      'readonly kind: "Cat"; readonly name: string | null; readonly lives: number;',
      'readonly kind: "Dog"; readonly name: string | null; readonly mood: "GOOD" | "BAD"',
      'readonly kind: "Fish"; readonly name: string | null',
      "readonly friends: readonly (readonly ({ readonly name: string | null })[] | null)[]",
      "readonly extra: unknown | null;",
      "fragment Lives on Cat",
    ]
  ) assertStringIncludes(text.replace(/\s+/g, " "), line.replace(/\s+/g, " "));
});

Deno.test("inputs say what may be left out, and what excludes each other", async () => {
  const text = await types(
    "query Q($options: Options, $first: Int = 2) { pets(options: $options, first: $first) { __typename } }",
  );
  for (
    const line of [
      "readonly options?: Options | null;\n  readonly first?: number | null;",
      "readonly name: string;\n  readonly mood?: Mood;",
      "readonly inner?: readonly (Options | null)[] | null;",
      "{ readonly cat: number; readonly dog?: never }",
      "readonly dog: readonly Mood[];\n  readonly cat?: never;",
      'export type Mood = "GOOD" | "BAD";',
      'readonly __typename: "Cat" | "Dog" | "Fish"',
    ]
  ) assertStringIncludes(text, line);
});

Deno.test("fields that a directive may leave out are optional", async () => {
  const text = await types("query Q($with: Boolean!) { named @include(if: $with) { name } }");
  assertStringIncludes(text, "readonly named?: { readonly name: string | null } | null");
});

Deno.test("operations without a name, cases without __typename and unknown fields are refused", () => {
  assertThrows(() => typesOf(SDL, "{ extra }"), Error, "name");
  assertThrows(() => typesOf(SDL, "query Q { pets { ... on Cat { lives } } }"), Error, "Q.pets");
  assertThrows(() => typesOf(SDL, "query Q { nothing }"), Error, "nothing");
  assertEquals(typesOf(SDL, "query Q { named { name } }").includes("__typename"), false);
});
