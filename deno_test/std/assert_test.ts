/** Assertions: what passes, what does not, and what the message says. They are told by node:assert, not by themselves. */

import { equal, match, rejects, throws } from "node:assert/strict";
import {
  assert,
  assertAlmostEquals,
  assertArrayIncludes,
  assertEquals,
  assertExists,
  assertFalse,
  assertGreater,
  assertGreaterOrEqual,
  assertInstanceOf,
  AssertionError,
  assertIsError,
  assertLess,
  assertLessOrEqual,
  assertMatch,
  assertNotEquals,
  assertNotMatch,
  assertNotStrictEquals,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
  fail,
} from "@std/assert";

const one = { a: 1 };
const rangeError = new RangeError("17 is \x1b[31mfar\x1b[0m too large");

/** What passes and what fails, by name. */
const table: Record<string, [passes: (() => void)[], fails: (() => void)[]]> = {
  assert: [[() => assert(1), () => assert("a")], [() => assert(0), () => assert("")]],
  assertFalse: [[() => assertFalse(0)], [() => assertFalse(1)]],
  fail: [[], [() => fail(), () => fail("because")]],
  assertEquals: [
    [() => assertEquals(one, { a: 1 }), () => assertEquals(NaN, NaN)],
    [() => assertEquals(one, { a: 2 }), () => assertEquals<unknown>({ a: undefined }, {})],
  ],
  assertNotEquals: [[() => assertNotEquals(one, { a: 2 })], [() => assertNotEquals(one, { a: 1 })]],
  assertStrictEquals: [
    [() => assertStrictEquals(one, one), () => assertStrictEquals(NaN, NaN)],
    [() => assertStrictEquals(one, { a: 1 }), () => assertStrictEquals(0, -0)],
  ],
  assertNotStrictEquals: [
    [() => assertNotStrictEquals(one, { a: 1 })],
    [() => assertNotStrictEquals(one, one)],
  ],
  assertAlmostEquals: [
    [
      () => assertAlmostEquals(1, 1.00000005),
      () => assertAlmostEquals(1, 1.5, 0.5),
      () => assertAlmostEquals(-1, -1.5, 0.5),
      () => assertAlmostEquals(Infinity, Infinity),
      () => assertAlmostEquals(NaN, NaN),
      () => assertAlmostEquals(1e-8, 1.00000001e-8),
    ],
    [
      () => assertAlmostEquals(1, 1.0000002),
      () => assertAlmostEquals(1, 1.51, 0.5),
      () => assertAlmostEquals(1.51, 1, 0.5),
      () => assertAlmostEquals(NaN, 1, 5),
      () => assertAlmostEquals(1, NaN, 5),
      () => assertAlmostEquals(Infinity, 1, 5),
      () => assertAlmostEquals(1e-8, 2e-8),
    ],
  ],
  assertGreater: [[() => assertGreater(2, 1)], [() => assertGreater(1, 1)]],
  assertGreaterOrEqual: [[() => assertGreaterOrEqual(1, 1)], [() => assertGreaterOrEqual(0, 1)]],
  assertLess: [[() => assertLess(1, 2)], [() => assertLess(1, 1), () => assertLess(NaN, 1)]],
  assertLessOrEqual: [[() => assertLessOrEqual(1, 1)], [() => assertLessOrEqual(2, 1)]],
  assertExists: [
    [() => assertExists(0), () => assertExists("")],
    [() => assertExists(null), () => assertExists(undefined)],
  ],
  assertStringIncludes: [
    [() => assertStringIncludes("abc", "b")],
    [() => assertStringIncludes("abc", "d")],
  ],
  assertMatch: [[() => assertMatch("abc", /b/)], [() => assertMatch("abc", /d/)]],
  assertNotMatch: [[() => assertNotMatch("abc", /d/)], [() => assertNotMatch("abc", /b/)]],
  assertArrayIncludes: [
    [() => assertArrayIncludes([{ a: 1 }, { a: 2 }], [{ a: 2 }])],
    [() => assertArrayIncludes([{ a: 1 }], [{ a: 1 }, { a: 2 }])],
  ],
  assertInstanceOf: [
    [() => assertInstanceOf(rangeError, Error)],
    [() => assertInstanceOf(new Error(), RangeError), () => assertInstanceOf(null, Object)],
  ],
  assertIsError: [
    [
      () => assertIsError(rangeError),
      () => assertIsError(rangeError, Error, "far too"),
      () => assertIsError(rangeError, RangeError, /^17 is far/),
    ],
    [
      () => assertIsError({ message: "17" }),
      () => assertIsError(rangeError, TypeError),
      () => assertIsError(rangeError, RangeError, "18"),
      () => assertIsError(rangeError, RangeError, /^far/),
    ],
  ],
};

for (const [name, [passes, fails]] of Object.entries(table)) {
  Deno.test(`${name} passes what holds and fails what does not`, () => {
    for (const run of passes) run();
    for (const run of fails) throws(run, AssertionError, String(run));
  });
}

Deno.test("assertEquals shows in which lines two values differ", () => {
  const message = (actual: unknown, expected: unknown, said?: string) => {
    try {
      assertEquals(actual, expected, said);
    } catch (error) {
      return (error as Error).message;
    }
  };
  match(message({ a: 1, b: [2, 3] }, { a: 1, b: [2, 4] })!, /^\+ +3,?\n- +4,?$/m);
  match(message("a\nb\nc", "a\nx\nc")!, /^\+ +'b',?\n- +'x',?$/m);
  match(message(new Float32Array([1]), new Float32Array([2]))!, /^\+ +1\n- +2$/m);
  match(message(1, 2, "the sum")!, /^Values are not equal: the sum\n/);
});

Deno.test("an assertion's own message stands behind the reason", () => {
  throws(() => assertStringIncludes("a", "b", "of all"), { message: /to contain: "b": of all$/ });
  throws(() => assert(false, "of all"), { name: "AssertionError", message: "of all" });
});

const raise = (error: unknown) => () => {
  throw error;
};

Deno.test("assertThrows returns what was thrown, and fails where nothing or another was", () => {
  equal(assertThrows(raise(rangeError), RangeError, "far too"), rangeError);
  equal(assertThrows(raise(rangeError), Error), rangeError);
  equal(assertThrows(raise(5)), 5);
  throws(() => assertThrows(() => {}), AssertionError);
  throws(() => assertThrows(() => {}, "of all"), { message: "Expected function to throw: of all" });
  throws(() => assertThrows(raise(rangeError), TypeError), AssertionError);
  throws(() => assertThrows(raise(rangeError), RangeError, "18"), AssertionError);
  throws(() => assertThrows(raise(5), RangeError), AssertionError);
});

Deno.test("assertRejects resolves with the reason, and rejects where there is none or another", async () => {
  const rejection = (error: unknown) => () => Promise.reject(error);
  equal(await assertRejects(rejection(rangeError), RangeError, "far too"), rangeError);
  equal(await assertRejects(rejection(5)), 5);
  await rejects(assertRejects(() => Promise.resolve()), AssertionError);
  await rejects(assertRejects(rejection(rangeError), TypeError), AssertionError);
  await rejects(assertRejects(rejection(rangeError), RangeError, "18"), AssertionError);
  await rejects(assertRejects(rejection(5), RangeError), AssertionError);
  // What throws at once does not reject.
  await rejects(assertRejects(raise(rangeError) as never, RangeError), AssertionError);
  await rejects(assertRejects((() => 5) as never), AssertionError);
});
