/** A deadline for every test that names none of its own (`timeout`): an endless loop or wait fails with a sentence. */

/** The arguments that a test is registered with, with a deadline in ms. */
export function withDeadline(args: readonly unknown[], timeout: number): unknown[] {
  const at = args.findIndex((arg) => typeof arg === "object");
  if (at >= 0) return args.with(at, { timeout, ...args[at] as object });
  return typeof args[0] === "string"
    ? [args[0], { timeout }, ...args.slice(1)]
    : [{ timeout }, ...args];
}

/** Gives a deadline to all tests that are registered from now on. */
export function limitTests(timeout: number): void {
  Object.defineProperty(Deno, "test", {
    value: new Proxy(Deno.test, {
      apply: (test, self, args) => Reflect.apply(test, self, withDeadline(args, timeout)),
    }),
  });
}
