/** Assertions of the Deno standard library, typed, over the npm package `deno-std` (which ships no types). */

// deno-lint-ignore-file no-explicit-any
import { assert as plainAssert } from "deno-std/assert/assert.js";
import { assertAlmostEquals as plainAlmostEquals } from "deno-std/assert/almost_equals.js";
import { assertEquals as plainEquals } from "deno-std/assert/equals.js";
import { assertNotEquals as plainNotEquals } from "deno-std/assert/not_equals.js";
import { assertRejects as plainRejects } from "deno-std/assert/rejects.js";
import { assertThrows as plainThrows } from "deno-std/assert/throws.js";
import { assertStringIncludes as plainStringIncludes } from "deno-std/assert/string_includes.js";

type ErrorClass<E extends Error> = abstract new (...args: any[]) => E;

export const assert: (condition: unknown, message?: string) => asserts condition = plainAssert;

export const assertAlmostEquals: (
  actual: number,
  expected: number,
  tolerance?: number,
  message?: string,
) => void = plainAlmostEquals;

export const assertEquals: <T>(actual: T, expected: T, message?: string) => void = plainEquals;

export const assertNotEquals: <T>(actual: T, expected: T, message?: string) => void =
  plainNotEquals;

export const assertStringIncludes: (actual: string, expected: string, message?: string) => void =
  plainStringIncludes;

export const assertThrows: <E extends Error = Error>(
  run: () => unknown,
  errorClass?: ErrorClass<E>,
  messageIncludes?: string,
) => E = plainThrows as never;

export const assertRejects: <E extends Error = Error>(
  run: () => PromiseLike<unknown>,
  errorClass?: ErrorClass<E>,
  messageIncludes?: string,
) => Promise<E> = plainRejects as never;
