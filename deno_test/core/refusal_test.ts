/** Refusals of files: whatever a parser throws becomes one error with its words. */

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { FormatError } from "../../core/errors.ts";
import { attempt, attemptLater, refusal } from "../../core/refusal.ts";

const refused = refusal("Cannot read the file");

Deno.test("errors, texts and objects of parsers become refusals with their words", async () => {
  const cases: [thrown: unknown, words: string][] = [
    ["a text", "a text"],
    [new RangeError("an error"), "an error"],
    [{ exception: "a text within" }, "a text within"],
    [{ exception: new Error("an error within"), dataSet: {} }, "an error within"],
    [{ message: { exception: "deep" } }, "deep"],
    [{ code: 5 }, "[object Object]"],
    [Object.create(null), "[object Object]"],
    [undefined, "[object Undefined]"],
    [Symbol("x"), "[object Symbol]"],
  ];
  for (const [thrown, words] of cases) {
    const run = () => {
      throw thrown;
    };
    const error = assertThrows(() => attempt(run, refused), FormatError);
    assertEquals(error.message, `Cannot read the file: ${words}`);
    await assertRejects(
      () => attemptLater(() => Promise.reject(thrown), refused),
      FormatError,
      words,
    );
    assertEquals(refused(thrown).message, error.message);
  }
});

Deno.test("a refusal stays what it is, and its reason short", () => {
  const own = new FormatError("own words");
  const run = () => {
    throw own;
  };
  assertEquals(assertThrows(() => attempt(run, refused), FormatError), own);
  assertEquals(refused("x".repeat(10_000)).message.length, "Cannot read the file: ".length + 500);
});
