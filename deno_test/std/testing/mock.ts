/**
 * Spies and stubs with the interface of `jsr:@std/testing/mock`: functions that note how they were called, and stand in
 * for methods until they are restored.
 */

// deno-lint-ignore-file no-explicit-any -- as wide as @std's

import { assertEquals, AssertionError, assertIsError, assertStrictEquals } from "@std/assert";

/** A spy or stub is used as it cannot be. */
export class MockError extends Error {
  override name = "MockError";
}

/** One call that a spy has seen. */
export interface SpyCall<Self = any, Args extends unknown[] = any[], Return = any> {
  readonly args: Args;
  readonly self?: Self;
  /** Absent where it threw. */
  returned?: Return;
  error?: Error;
}

/** A function that notes its calls. */
export interface Spy<Self = any, Args extends unknown[] = any[], Return = any> extends Disposable {
  (this: Self, ...args: Args): Return;
  /** What it stands for. */
  readonly original: (this: Self, ...args: Args) => Return;
  readonly calls: SpyCall<Self, Args, Return>[];
  /** Whether what it stood for is back in its place. */
  readonly restored: boolean;
  /** Puts back what it stood for. A function's own spy has no place and throws a MockError. */
  restore(): void;
}

/** A spy on a method that does something else instead. */
export interface Stub<Self = any, Args extends unknown[] = any[], Return = any>
  extends Spy<Self, Args, Return> {
  readonly fake: (this: Self, ...args: Args) => Return;
}

/** The names of an object's methods. */
type MethodOf<Self> = { [K in keyof Self]: Self[K] extends (...args: any[]) => any ? K : never }[
  keyof Self
];
type ArgsOf<Self, K extends keyof Self> = Self[K] extends (...args: infer Args) => any ? Args
  : never;
type ReturnOf<Self, K extends keyof Self> = Self[K] extends (...args: any[]) => infer Return
  ? Return
  : never;

/** A spy that does nothing. */
export function spy(): Spy<any, any[], undefined>;
/** A spy around a function, which it calls. */
export function spy<Self, Args extends unknown[], Return>(
  original: (this: Self, ...args: Args) => Return,
): Spy<Self, Args, Return>;
/** A spy in place of a method, which it calls. */
export function spy<Self extends object, K extends MethodOf<Self>>(
  self: Self,
  method: K,
): Spy<Self, ArgsOf<Self, K>, ReturnOf<Self, K>>;
export function spy(target: any = () => {}, method?: PropertyKey): Spy {
  if (method !== undefined) return inPlace(target, method, (original) => original);
  return recorder(target, target, { restored: false, restore: noPlace });
}

/** A spy in place of a method that calls `fake` instead; without it nothing happens. */
export function stub<Self extends object, K extends MethodOf<Self>>(
  self: Self,
  method: K,
  fake: (this: Self, ...args: ArgsOf<Self, K>) => ReturnOf<Self, K> = (() => {}) as any,
): Stub<Self, ArgsOf<Self, K>, ReturnOf<Self, K>> {
  return Object.assign(inPlace(self, method, () => fake), { fake }) as any;
}

/** Notes every call of `called`; its properties beside the calls come from `place`. */
function recorder(
  original: any,
  called: any,
  place: { readonly restored: boolean; restore(): void },
): Spy {
  const calls: SpyCall[] = [];
  const noted = function (this: unknown, ...args: unknown[]) {
    const call: SpyCall = this === undefined ? { args } : { args, self: this };
    // A call stands in its place also where it calls the spy again.
    calls.push(call);
    try {
      return call.returned = called.apply(this, args);
    } catch (error) {
      call.error = error as Error;
      throw error;
    }
  };
  const properties = {
    original: { value: original },
    calls: { value: calls },
    restored: { get: () => place.restored },
    restore: { value: place.restore },
    [Symbol.dispose]: { value: place.restore },
  };
  return Object.defineProperties(noted, properties) as unknown as Spy;
}

function noPlace(): never {
  throw new MockError("Cannot restore: Function cannot be restored");
}

function inPlace(self: any, method: PropertyKey, call: (original: any) => any): Spy {
  const own = Object.getOwnPropertyDescriptor(self, method);
  const original = self[method];
  if (typeof original !== "function") {
    throw new MockError(`Cannot spy: property "${String(method)}" is not an instance method`);
  }
  if (own && !own.configurable) {
    throw new MockError(`Cannot spy: property "${String(method)}" cannot be replaced`);
  }
  if ("restored" in original && "calls" in original) {
    throw new MockError(`Cannot spy: already spying on instance method "${String(method)}"`);
  }
  const place = {
    restored: false,
    restore() {
      if (place.restored) throw new MockError("Cannot restore: Instance method already restored");
      place.restored = true;
      if (own) Object.defineProperty(self, method, own);
      else delete self[method];
    },
  };
  const noted = recorder(original, call(original), place);
  Object.defineProperty(self, method, {
    value: noted,
    writable: true,
    enumerable: own?.enumerable ?? true,
    configurable: true,
  });
  return noted;
}

/** A function that returns one value after the other; a value that is an Error is thrown. */
export function returnsNext<Return, Self = any, Args extends unknown[] = any[]>(
  values: Iterable<Return | Error>,
): (this: Self, ...args: Args) => Return {
  const next = values[Symbol.iterator]();
  let calls = 0;
  return () => {
    const { value, done } = next.next();
    if (done) throw new MockError(`Not expected to be called more than ${times(calls)}`);
    calls++;
    if (value instanceof Error) throw value;
    return value;
  };
}

/** A function that resolves with one value after the other; where one is an Error it rejects. */
export function resolvesNext<Return, Self = any, Args extends unknown[] = any[]>(
  values: Iterable<Return | Error | Promise<Return | Error>>,
): (this: Self, ...args: Args) => Promise<Return> {
  const next = returnsNext(values);
  return async () => {
    const value = await next();
    if (value instanceof Error) throw value;
    return value;
  };
}

/** What a call must have been like; what is left out may be anything. */
export interface ExpectedSpyCall<Self = any, Args extends unknown[] = any[], Return = any> {
  args?: [...Args, ...unknown[]];
  self?: Self;
  returned?: Return;
  error?: { Class?: new (...args: any[]) => Error; msgIncludes?: string };
}

/** The spy was called this often. */
export function assertSpyCalls(spy: Spy, count: number): void {
  if (spy.calls.length === count) return;
  throw new AssertionError(`Expected ${times(count, "spy call")}, but got ${spy.calls.length}`);
}

/** The spy's call number `index` was made with these arguments, and ended so. */
export function assertSpyCall<Self, Args extends unknown[], Return>(
  spy: Spy<Self, Args, Return>,
  index: number,
  expected: ExpectedSpyCall<Self, Args, Return> = {},
): void {
  const call = callOf(spy, index);
  if (expected.args) assertEquals<unknown>(call.args, expected.args, "call's arguments");
  if ("self" in expected) assertStrictEquals(call.self, expected.self, "what it was called on");
  if ("returned" in expected) {
    if (call.error) throw new AssertionError("Expected spy call to return, it threw an error");
    assertEquals(call.returned, expected.returned, "what the call returned");
  }
  if (expected.error) {
    if (!call.error) throw new AssertionError("Expected spy call to throw, it returned a value");
    assertIsError(call.error, expected.error.Class, expected.error.msgIncludes);
  }
}

/** The spy's call number `index` was made with these arguments. */
export function assertSpyCallArgs<Self, Args extends unknown[], Return>(
  spy: Spy<Self, Args, Return>,
  index: number,
  expected: unknown[],
): Args {
  const { args } = callOf(spy, index);
  assertEquals<unknown>(args, expected, "call's arguments");
  return args;
}

/** One argument of the spy's call number `index`. */
export function assertSpyCallArg<Self, Args extends unknown[], Return>(
  spy: Spy<Self, Args, Return>,
  index: number,
  at: number,
  expected: unknown,
): unknown {
  const { args } = callOf(spy, index);
  assertEquals(args[at], expected, `argument ${at}`);
  return args[at];
}

function callOf<Self, Args extends unknown[], Return>(
  spy: Spy<Self, Args, Return>,
  index: number,
): SpyCall<Self, Args, Return> {
  if (index < spy.calls.length) return spy.calls[index];
  throw new AssertionError(
    `Expected call number ${index}, there were ${times(spy.calls.length, "spy call")}`,
  );
}

function times(count: number, what = "time"): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
