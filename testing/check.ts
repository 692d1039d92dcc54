/** The parts of a conformance suite: checks, and the words of their failures. */

import { InputError, type OptionsSchema } from "@countergrade/countergrade";
import { z } from "zod";

/** One promise of a contract, with the code that holds a member to it. */
export interface Check {
  /** A sentence, as "score() does not depend on the batch". */
  readonly name: string;
  /** Checks it. @throws {ConformanceError} When the promise is broken. */
  run(): Promise<void>;
}

/** A member breaks its contract; the message says how. */
export class ConformanceError extends Error {
  /** Says what was expected, and what came. */
  constructor(message: string) {
    super(message);
    this.name = "ConformanceError";
  }
}

/** Checks that are known to fail, by name, each with the reason why. */
export type ExpectedFailures = Readonly<Record<string, string>>;

/** How a check ended. */
export interface CheckOutcome {
  /** The sentence of the check. */
  readonly name: string;
  /** How it ended; an expected failure does not count as one. */
  readonly outcome: "passed" | "failed" | "expected failure";
  /** What was expected, and what came. */
  readonly message?: string;
  /** Why the failure was expected. */
  readonly reason?: string;
}

/**
 * Runs checks, one after the other. A check that fails as expected is no failure; one that passes though it was expected to fail is,
 * so that the list is kept short. One that has not ended after `seconds` has failed.
 *
 * @throws {InputError} When a failure is expected of a check that there is not.
 * @example
 * ```ts
 * import { check, ensure, runChecks } from "@countergrade/countergrade/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const checks = [check("sums add up", () => ensure(0.1 + 0.2 === 0.3, "Expected 0.3"))];
 * const expected = { "sums add up": "doubles are binary" };
 * const [{ outcome }] = await runChecks(checks, expected);
 * assertEquals(outcome, "expected failure");
 * ```
 */
export async function runChecks(
  checks: readonly Check[],
  expected: ExpectedFailures = {},
  { seconds = 60 }: { readonly seconds?: number } = {},
): Promise<CheckOutcome[]> {
  expectKnown(checks, expected);
  const outcomes: CheckOutcome[] = [];
  for (const one of checks) {
    outcomes.push(
      await runCheck({ ...one, run: () => within(seconds, one.run()) }, expected[one.name]),
    );
  }
  return outcomes;
}

async function runCheck({ name, run }: Check, reason?: string): Promise<CheckOutcome> {
  try {
    await run();
  } catch (error) {
    const message = error instanceof ConformanceError ? error.message : String(error);
    if (reason === undefined) return { name, outcome: "failed", message };
    return { name, outcome: "expected failure", message, reason };
  }
  if (reason === undefined) return { name, outcome: "passed" };
  const message = `Expected to fail (${reason}), but it passes: take it off the expected failures`;
  return { name, outcome: "failed", message };
}

async function within(seconds: number, work: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new ConformanceError(`Expected an end within ${seconds} s, there was none`);
    timer = setTimeout(() => reject(error), 1000 * seconds);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function expectKnown(checks: readonly Check[], expected: ExpectedFailures): void {
  for (const name of Object.keys(expected)) {
    if (checks.some((one) => one.name === name)) continue;
    const known = checks.map((one) => one.name).join("; ");
    throw new InputError(
      `Cannot expect "${name}" to fail: there is no such check; known: ${known}`,
    );
  }
}

/**
 * Registers checks as Deno tests.
 *
 * @param subject Stands before each name, as "probe svm".
 * @param expectedFailures As for {@linkcode runChecks}.
 * @throws {InputError} When a failure is expected of a check that there is not.
 */
export function register(
  subject: string,
  checks: readonly Check[],
  { expectedFailures = {} }: { readonly expectedFailures?: ExpectedFailures } = {},
): void {
  expectKnown(checks, expectedFailures);
  for (const one of checks) {
    const reason = expectedFailures[one.name];
    if (reason === undefined) Deno.test(`${subject}: ${one.name}`, one.run);
    else {
      Deno.test(`${subject}: ${one.name} (expected to fail: ${reason})`, async () => {
        const { outcome, message } = await runCheck(one, reason);
        ensure(outcome === "expected failure", message ?? "");
      });
    }
  }
}

/** A check from a name and a function. */
export function check(name: string, run: () => void | Promise<void>): Check {
  return { name, run: async () => await run() };
}

/** Holds a member to a condition. @throws {ConformanceError} Unless it holds. */
export function ensure(condition: boolean, message: string): asserts condition {
  if (!condition) throw new ConformanceError(message);
}

/** Compares numbers. @throws {ConformanceError} Unless both have the same length and differ by at most `tolerance` everywhere. */
export function ensureClose(
  what: string,
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  tolerance = 0,
): void {
  ensure(a.length === b.length, `${what}: expected ${b.length} numbers, got ${a.length}`);
  for (let i = 0; i < a.length; i++) {
    const near = Object.is(a[i], b[i]) || a[i] === b[i] || Math.abs(a[i] - b[i]) <= tolerance;
    ensure(near, `${what}: expected ${b[i]} at ${i} (± ${tolerance}), got ${a[i]}`);
  }
}

/** Compares values as JSON, where order of keys counts. @throws {ConformanceError} Unless they are the same. */
export function ensureSame(what: string, found: unknown, expected: unknown): void {
  const [came, wanted] = [found, expected].map((value) => String(JSON.stringify(value)));
  ensure(came === wanted, `${what}: expected ${wanted}, got ${came}`);
}

/** Looks for NaN and infinities. @throws {ConformanceError} Unless all numbers are finite. */
export function ensureFinite(what: string, values: ArrayLike<number>): void {
  const odd = Array.from(values).findIndex((value) => !Number.isFinite(value));
  ensure(odd < 0, `${what}: expected finite numbers, got ${values[odd]} at ${odd}`);
}

/** Expects an error. @throws {ConformanceError} Unless `run` throws or rejects with an error of this class. */
export async function ensureRejects(
  what: string,
  run: () => unknown,
  // deno-lint-ignore no-explicit-any -- the arguments of the class do not matter here
  errorClass: abstract new (...args: any[]) => Error,
): Promise<void> {
  try {
    await run();
  } catch (error) {
    ensure(error instanceof errorClass, `${what}: expected a ${errorClass.name}, got ${error}`);
    return;
  }
  throw new ConformanceError(`${what}: expected a ${errorClass.name}, nothing was thrown`);
}

/** The type that a schema's JSON schema names, or why there is none. */
export function schemaType(schema: OptionsSchema, io: "input" | "output"): string {
  try {
    return String(z.toJSONSchema(schema, { io }).type);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The promises that all options keep: they can be shown as a form and stored as JSON. */
export function optionChecks(options: OptionsSchema): Check[] {
  return [
    check("options have a JSON schema of an object", () => {
      const type = schemaType(options, "input");
      ensure(type === "object", `Expected type "object", got ${type}`);
    }),
    check("options survive storing as JSON", () => {
      const parsed = options.safeParse({});
      // Options without defaults have nothing to store until a user gives some.
      if (!parsed.success) return;
      const stored = JSON.stringify(parsed.data);
      const again = options.safeParse(JSON.parse(stored));
      ensure(
        again.success,
        `Expected ${stored} to be read again: ${again.error?.issues[0]?.message}`,
      );
      const written = JSON.stringify(again.data);
      ensure(written === stored, `Expected ${stored}, got ${written}`);
    }),
  ];
}

/** The check that a member works without being told anything. */
export function defaultsCheck(options: OptionsSchema): Check {
  return check("every option has a default", () => {
    const parsed = options.safeParse({});
    ensure(parsed.success, `Expected {} to be enough, got ${parsed.error?.issues[0]?.message}`);
  });
}
