/** Errors of answers: what is meant for the caller passes, of all else the fact alone. */

import {
  CountergradeError,
  InputError,
  NotFoundError,
  StorageError,
} from "@countergrade/countergrade";
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { GraphQLError } from "graphql";
import {
  errorResponse,
  maskError,
  refusalOf,
  textOf,
  typeErrors,
} from "../../../server/http/typed_errors.ts";

/** What `run` gives, and what it logs. */
function logged<Result>(run: (log: (text: string) => void) => Result): [Result, string[]] {
  const said: string[] = [];
  return [run((text) => said.push(text)), said];
}

Deno.test("what a route throws has the status of its code; what is no typed error is masked and logged", async () => {
  const cases: [error: unknown, status: number, code: string, message: string][] = [
    [new NotFoundError("job", "job-1"), 404, "NOT_FOUND", 'Cannot find job "job-1"'],
    [new InputError("Cannot cut"), 400, "BAD_INPUT", "Cannot cut"],
    [new CountergradeError("FORBIDDEN", "Cannot look"), 403, "FORBIDDEN", "Cannot look"],
    [new StorageError("Cannot read"), 500, "STORAGE", "Cannot read"],
  ];
  for (const [error, status, code, message] of cases) {
    const [response, said] = logged((log) => refusalOf(error, log));
    assertEquals([response.status, said], [status, []]);
    const [{ message: told, extensions }] = (await response.json()).errors;
    assertEquals([extensions, told.slice(0, message.length)], [{ code }, message]);
  }
  const secret = new TypeError("secret.keys is undefined");
  const [response, [text]] = logged((log) => refusalOf(secret, log));
  assertEquals([response.status, await response.json()], [500, {
    errors: [{ message: "Internal error", extensions: { code: "INTERNAL" } }],
  }]);
  assert(text.includes("secret.keys"), text);
  const plain = errorResponse(401, "UNAUTHENTICATED", "Who?", { vary: "origin" });
  assertEquals([plain.status, plain.headers.get("vary")], [401, "origin"]);
});

Deno.test("a resolver's typed error keeps its words, code, option and place; a bug loses all of them", () => {
  const path = ["job"];
  const wrong = new InputError("Cannot fit: too few rows", ["rows", 0]);
  const within = new GraphQLError(wrong.message, { path, originalError: wrong });
  const [told, quiet] = logged((log) => maskError(within, log) as GraphQLError);
  assertEquals([told.message, told.path, told.extensions], [wrong.message, path, {
    code: "BAD_INPUT",
    optionPath: ["rows", 0],
  }]);
  const [bare] = logged((log) => maskError(wrong, log) as GraphQLError);
  assertEquals([bare.message, bare.extensions.code, quiet], [wrong.message, "BAD_INPUT", []]);

  for (
    const bug of [
      new TypeError("x.y is undefined"),
      new GraphQLError("x.y is undefined", { originalError: new TypeError("x.y is undefined") }),
    ]
  ) {
    const [masked, said] = logged((log) => maskError(bug, log) as GraphQLError);
    assertEquals([masked.message, masked.extensions], ["Internal error", { code: "INTERNAL" }]);
    assertEquals([said.length, said[0].includes("x.y is undefined")], [1, true]);
  }
});

Deno.test("GraphQL's own errors pass as they are", () => {
  const own = new GraphQLError("Syntax Error");
  const around = new GraphQLError("Syntax Error", { originalError: own });
  for (const error of [own, around]) {
    const [passed, said] = logged((log) => maskError(error, log));
    assertStrictEquals(passed, error);
    assertEquals(said, []);
  }
});

Deno.test("what is logged goes down to the fifth cause, and ends where causes go in a circle", () => {
  const caused = (depth: number): Error =>
    new Error(`level ${depth}`, depth ? { cause: caused(depth - 1) } : {});
  assertEquals(textOf(caused(2)).match(/level \d/g)?.slice(0, 1), ["level 2"]);
  assertEquals(textOf(caused(3)).match(/Caused by: /g)?.length, 3);
  assert(textOf(caused(5)).includes("Caused by: Error: level 0"));
  assertEquals(textOf(caused(9)).match(/Caused by: /g)?.length, 5);
  const circle = new Error("round");
  circle.cause = circle;
  assertEquals(textOf(circle).match(/Caused by: /g)?.length, 5);
  assertEquals(textOf("a text"), "a text");
  assert(textOf(new Error("a", { cause: "b" })).endsWith("\nCaused by: b"));
});

/** The errors of a result, after the plugin. */
function typed(...errors: GraphQLError[]): readonly GraphQLError[] {
  let result: { data?: unknown; errors?: readonly GraphQLError[] } = { data: 1, errors };
  const setResult = (changed: typeof result) => result = changed;
  typeErrors().onResultProcess!({ result, setResult } as never);
  assertEquals(result.data, 1);
  return result.errors!;
}

Deno.test("each error of an answer has a code of ours, and at most 500 letters", () => {
  const coded = (code: unknown) => new GraphQLError("Odd", { extensions: { code, more: 1 } });
  const codes: [given: unknown, ours: string][] = [
    ["BAD_REQUEST", "BAD_INPUT"],
    ["GRAPHQL_PARSE_FAILED", "BAD_INPUT"],
    ["GRAPHQL_VALIDATION_FAILED", "BAD_INPUT"],
    ["OPERATION_RESOLUTION_FAILURE", "BAD_INPUT"],
    ["REQUEST_ENTITY_TOO_LARGE", "LIMIT"],
    ["NOT_FOUND", "NOT_FOUND"],
    ["constructor", "constructor"],
    [undefined, "BAD_INPUT"],
    [5, "BAD_INPUT"],
  ];
  for (const [given, ours] of codes) {
    assertEquals(typed(coded(given))[0].extensions, { code: ours, more: 1 }, String(given));
  }
  const long = (length: number) => typed(new GraphQLError("x".repeat(length)))[0].message;
  assertEquals([long(500), long(501)], ["x".repeat(500), `${"x".repeat(500)} …`]);
  const placed = new GraphQLError("Odd", { path: ["a"], extensions: { originalError: "secret" } });
  assertEquals([typed(placed)[0].path, typed(placed)[0].extensions], [["a"], {
    code: "BAD_INPUT",
  }]);
  const [given] = typed(new GraphQLError("Too many validation errors. Validation aborted."));
  assertEquals(given.extensions, { code: "LIMIT" });
});

Deno.test("parameters that cannot be read are a bad request that says so; another failure is none of the caller's", async () => {
  const parsed = async (failure: unknown) => {
    let parser: (request: Request) => Promise<unknown> = () => Promise.reject(failure);
    typeErrors().onRequestParse!({
      requestParser: parser,
      setRequestParser: (changed: typeof parser) => parser = changed,
    } as never);
    return await parser(new Request("http://localhost/graphql")).catch((error) => error);
  };
  const extensions = { code: "BAD_INPUT", http: { status: 400 } };
  for (
    const [failure, message] of [
      [new SyntaxError("Unexpected end"), "Cannot read the parameters: Unexpected end"],
      [new GraphQLError("Two queries"), "Two queries"],
    ] as const
  ) {
    const error = await parsed(failure);
    assert(error instanceof GraphQLError);
    assertEquals([error.message, error.extensions], [message, extensions]);
  }
  const bug = new TypeError("x is undefined");
  assertStrictEquals(await parsed(bug), bug);
  // Where nobody parses there is nothing to guard.
  typeErrors().onRequestParse!({ setRequestParser: () => assert(false) } as never);
});
