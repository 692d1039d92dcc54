/** Types for operations: nullable, lists, cases, inputs, and what is refused. */

import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { typesOf } from "../../examples/generate_types.ts";

const SDL = `
  scalar JSON
  scalar File
  enum Mood { GOOD BAD }
  input Choice @oneOf { cat: Int dog: [Mood!] }
  input Options { name: String! mood: Mood! = GOOD choice: Choice inner: [Options] file: File }
  interface Named { name: String }
  type Cat implements Named { name: String lives: Int! friends: [[Named!]] }
  type Dog implements Named { name: String mood: Mood! }
  type Fish implements Named { name: String }
  union Pet = Cat | Dog | Fish
  type Query { pets(options: Options, first: Int = 3): [Pet!]! named: Named extra: JSON id: ID }
`;

/** The types of operations, in one line. */
async function types(operations: string): Promise<string> {
  return (await typesOf(SDL, operations)).replace(/\s+/g, " ");
}

async function assertTypes(operations: string, ...lines: string[]) {
  const text = await types(operations);
  for (const line of lines) assertStringIncludes(text, line);
}

Deno.test("cases are told apart by __typename", () =>
  assertTypes(
    `query Pets($first: Int!) {
      pets(first: $first) {
        kind: __typename
        ... on Named { name }
        ...Lives
        ... on Dog { mood }
      }
      extra
      id
    }
    fragment Lives on Cat { lives friends { __typename } }`,
    "export type PetsQueryVariables = Exact<{ first: number; }>;",
    "{ readonly name: string | null, readonly lives: number, readonly kind: 'Cat', " +
      "readonly friends: ReadonlyArray<ReadonlyArray< | { readonly __typename: 'Cat' }",
    "{ readonly name: string | null, readonly mood: Mood, readonly kind: 'Dog' }",
    "{ readonly name: string | null, readonly kind: 'Fish' }",
    "readonly extra: unknown, readonly id: string | null",
    "fragment Lives on Cat",
  ));

Deno.test("inputs say what may be left out, and what excludes each other", () =>
  assertTypes(
    "query Q($options: Options, $first: Int = 2) { pets(options: $options, first: $first) { __typename } }",
    "options?: Options | null | undefined; first?: number | null | undefined;",
    "readonly name: string; readonly mood?: Mood;",
    "readonly inner?: ReadonlyArray<Options | null | undefined> | null | undefined;",
    "readonly file?: Blob | null | undefined;",
    "{ readonly cat: number; readonly dog?: never; }",
    "{ readonly cat?: never; readonly dog: ReadonlyArray<Mood>; }",
    "export type Mood = | 'GOOD' | 'BAD';",
    "| { readonly __typename: 'Cat' } | { readonly __typename: 'Dog' } | { readonly __typename: 'Fish' }",
  ));

Deno.test("fields that a directive or a case may leave out are optional, or of that case alone", async () => {
  await assertTypes(
    "query Q($with: Boolean!) { named @include(if: $with) { __typename } }",
    "readonly named?: | { readonly __typename: 'Cat' }",
  );
  await assertTypes(
    "query Q { pets { ... on Cat { lives } } }",
    "ReadonlyArray< | { readonly lives: number } | Record<PropertyKey, never> >",
  );
});

Deno.test("an operation goes over the line as it is written, with its fragments", async () => {
  const text = await typesOf(SDL, "query Q { named { ...Name } } fragment Name on Named { name }");
  const [, sent] = /QDocument = new TypedDocumentString\(`([^`]+)`/.exec(text) ?? [];
  assertEquals(sent.match(/\w+/g)?.join(" "), "query Q named Name fragment Name on Named name");
});

Deno.test("operations without a name, unknown fields and variables of another type are refused", async () => {
  await assertRejects(() => typesOf(SDL, "{ extra }"), Error, "name");
  await assertRejects(() => typesOf(SDL, "query Q { nothing }"), Error, "nothing");
  await assertRejects(
    () => typesOf(SDL, "query Q($n: Boolean) { pets(first: $n) { __typename } }"),
    Error,
    "$n",
  );
});
