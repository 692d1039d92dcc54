/**
 * Assertions with the interface of `jsr:@std/assert`, over Deno's node:assert: whoever reaches jsr changes one line of
 * the import map.
 */

import { AssertionError as NodeAssertionError } from "node:assert";
import { equal } from "./equal.ts";

export { equal };

// deno-lint-ignore no-explicit-any -- as wide as @std's
type Class<T> = abstract new (...args: any[]) => T;

/** An assertion does not hold. */
export class AssertionError extends Error {
  override name = "AssertionError";
}

/** `text`, then what the caller says about it. */
function fails(text: string, message?: string): never {
  throw new AssertionError(`${text}${message ? `: ${message}` : "."}`);
}

/** Always fails. */
export function fail(message?: string): never {
  fails("Failed assertion", message);
}

/** `condition` is truthy. */
export function assert(condition: unknown, message = ""): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** `condition` is falsy. */
export function assertFalse(condition: unknown, message = ""): asserts condition is false {
  if (condition) throw new AssertionError(message);
}

/** Both are equal, deeply; else the message shows both line by line. */
export function assertEquals<T>(actual: T, expected: T, message?: string): void {
  if (equal(actual, expected)) return;
  const text = `Values are not equal${message ? `: ${message}` : "."}`;
  throw new AssertionError(`${text}\n${difference(actual, expected)}`);
}

/** Both differ. */
export function assertNotEquals<T>(actual: T, expected: T, message?: string): void {
  if (equal(actual, expected)) {
    fails(`Expected actual: ${shown(actual)} not to be: ${shown(expected)}`, message);
  }
}

/** Both are the same by `Object.is`. */
export function assertStrictEquals<T>(
  actual: unknown,
  expected: T,
  message?: string,
): asserts actual is T {
  if (Object.is(actual, expected)) return;
  const text = `Values are not strictly equal${message ? `: ${message}` : "."}`;
  throw new AssertionError(`${text}\n${difference(actual, expected)}`);
}

/** Both differ by `Object.is`. */
export function assertNotStrictEquals<T>(actual: T, expected: T, message?: string): void {
  if (Object.is(actual, expected)) {
    fails(`Expected "actual" to not be strictly equal to: ${shown(actual)}`, message);
  }
}

/** Both numbers differ by `tolerance` at most; without it by a ten millionth of `expected`. */
export function assertAlmostEquals(
  actual: number,
  expected: number,
  tolerance: number = Number.isFinite(expected) ? Math.abs(expected) * 1e-7 : 1e-7,
  message?: string,
): void {
  if (Object.is(actual, expected)) return;
  const off = Math.abs(expected - actual);
  if (off <= tolerance) return;
  fails(
    `Expected actual: "${actual}" to be close to "${expected}": delta "${off}" is greater than "${tolerance}"`,
    message,
  );
}

/** `actual` is greater than `expected`. */
export function assertGreater<T>(actual: T, expected: T, message?: string): void {
  if (!(actual > expected)) fails(`Expect ${shown(actual)} > ${shown(expected)}`, message);
}

/** `actual` is greater than or equal to `expected`. */
export function assertGreaterOrEqual<T>(actual: T, expected: T, message?: string): void {
  if (!(actual >= expected)) fails(`Expect ${shown(actual)} >= ${shown(expected)}`, message);
}

/** `actual` is less than `expected`. */
export function assertLess<T>(actual: T, expected: T, message?: string): void {
  if (!(actual < expected)) fails(`Expect ${shown(actual)} < ${shown(expected)}`, message);
}

/** `actual` is less than or equal to `expected`. */
export function assertLessOrEqual<T>(actual: T, expected: T, message?: string): void {
  if (!(actual <= expected)) fails(`Expect ${shown(actual)} <= ${shown(expected)}`, message);
}

/** `actual` is neither null nor undefined. */
export function assertExists<T>(actual: T, message?: string): asserts actual is NonNullable<T> {
  if (actual === undefined || actual === null) {
    fails(`Expected actual: "${actual}" to not be null or undefined`, message);
  }
}

/** `expected` stands in `actual`. */
export function assertStringIncludes(actual: string, expected: string, message?: string): void {
  if (!actual.includes(expected)) {
    fails(`Expected actual: "${actual}" to contain: "${expected}"`, message);
  }
}

/** The pattern is found in `actual`. */
export function assertMatch(actual: string, expected: RegExp, message?: string): void {
  if (!expected.test(actual)) {
    fails(`Expected actual: "${actual}" to match: "${expected}"`, message);
  }
}

/** The pattern is not found in `actual`. */
export function assertNotMatch(actual: string, expected: RegExp, message?: string): void {
  if (expected.test(actual)) {
    fails(`Expected actual: "${actual}" to not match: "${expected}"`, message);
  }
}

/** Every item of `expected` equals one of `actual`. */
export function assertArrayIncludes<T>(
  actual: ArrayLike<T>,
  expected: ArrayLike<T>,
  message?: string,
): void {
  const all = Array.from(actual);
  const missing = Array.from(expected).filter((item) => !all.some((one) => equal(one, item)));
  if (missing.length === 0) return;
  fails(
    `Expected actual: "${shown(actual)}" to include: "${shown(expected)}", missing: ${
      shown(missing)
    }`,
    message,
  );
}

/** `actual` is an instance of the class. */
export function assertInstanceOf<T>(
  actual: unknown,
  expected: Class<T>,
  message?: string,
): asserts actual is T {
  if (actual instanceof expected) return;
  const is = typeof actual === "object"
    ? (actual ? actual.constructor?.name ?? "Object" : "null")
    : typeof actual;
  fails(`Expected object to be an instance of "${expected.name}" but was "${is}"`, message);
}

/** `error` is an Error of this class whose message has this text or pattern. */
export function assertIsError<E extends Error = Error>(
  error: unknown,
  errorClass?: Class<E>,
  matches?: string | RegExp,
  message?: string,
): asserts error is E {
  if (!(error instanceof Error)) fails(`Expected "error" to be an Error object`, message);
  if (errorClass && !(error instanceof errorClass)) {
    // The error itself is the best hint at what went wrong.
    fails(
      `Expected error to be instance of "${errorClass.name}", but was "${error.constructor.name}"`,
      message ?? `${error.message}\n${error.stack}`,
    );
  }
  if (!matches) return;
  const is = plain(error.message);
  if (typeof matches === "string" ? is.includes(plain(matches)) : matches.test(is)) return;
  const wanted = typeof matches === "string" ? JSON.stringify(matches) : String(matches);
  fails(`Expected error message to include ${wanted}, but got ${JSON.stringify(is)}`, message);
}

/** The function throws; returns what it threw. */
export function assertThrows(run: () => unknown, message?: string): unknown;
/** The function throws an Error of this class whose message has this text; returns it. */
export function assertThrows<E extends Error = Error>(
  run: () => unknown,
  errorClass?: Class<E>,
  matches?: string | RegExp,
  message?: string,
): E;
export function assertThrows(
  run: () => unknown,
  classOrMessage?: Class<Error> | string,
  matches?: string | RegExp,
  message?: string,
): unknown {
  const wanted = expectation("thrown", classOrMessage, matches, message);
  try {
    run();
  } catch (error) {
    return wanted.check(error);
  }
  fails("Expected function to throw", wanted.message);
}

/** The function returns a promise that rejects; resolves with its reason. */
export function assertRejects(run: () => PromiseLike<unknown>, message?: string): Promise<unknown>;
/** The function returns a promise that rejects with an Error of this class whose message has this text; resolves with it. */
export function assertRejects<E extends Error = Error>(
  run: () => PromiseLike<unknown>,
  errorClass?: Class<E>,
  matches?: string | RegExp,
  message?: string,
): Promise<E>;
export async function assertRejects(
  run: () => PromiseLike<unknown>,
  classOrMessage?: Class<Error> | string,
  matches?: string | RegExp,
  message?: string,
): Promise<unknown> {
  const wanted = expectation("rejected", classOrMessage, matches, message);
  let promise: unknown;
  try {
    promise = run();
  } catch {
    // Told below: it should have returned a promise.
  }
  if (typeof (promise as PromiseLike<unknown> | undefined)?.then !== "function") {
    fails("Function throws when expected to reject", wanted.message);
  }
  try {
    await promise;
  } catch (error) {
    return wanted.check(error);
  }
  fails("Expected function to reject", wanted.message);
}

/** What a function must throw, from the arguments that may stand in two ways. */
function expectation(
  how: string,
  classOrMessage?: Class<Error> | string,
  matches?: string | RegExp,
  message?: string,
) {
  const errorClass = typeof classOrMessage === "string" ? undefined : classOrMessage;
  const said = typeof classOrMessage === "string" ? classOrMessage : message;
  const check = (error: unknown): unknown => {
    if (!errorClass) return error;
    if (!(error instanceof Error)) fails(`A non-Error object was ${how}`, said);
    assertIsError(error, errorClass, matches, said);
    return error;
  };
  return { check, message: said };
}

/** A text without colors. */
function plain(text: string): string {
  // deno-lint-ignore no-control-regex -- colors
  return text.replaceAll(/\x1b\[[\d;]*m/g, "");
}

function shown(value: unknown): string {
  return Deno.inspect(value, {
    depth: Infinity,
    sorted: true,
    trailingComma: true,
    compact: false,
  });
}

/** Both values line by line; texts of several lines by their lines. */
function difference(actual: unknown, expected: unknown): string {
  const lines = [actual, expected].every((one) => typeof one === "string" && one.includes("\n"));
  const [a, b] = lines
    ? [(actual as string).split("\n"), (expected as string).split("\n")]
    : [actual, expected];
  const error = new NodeAssertionError({ actual: a, expected: b, operator: "deepStrictEqual" });
  return error.message.replace(/^.*\n/, "");
}
