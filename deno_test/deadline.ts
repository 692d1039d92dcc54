/** A deadline for every test: an endless loop or wait fails with a sentence. A machine that is busy gets more time. */

/** How many times as long everything may take: as many processes as want each core now, at least one. */
export function crowd(): number {
  const [wanting] = Deno.build.os === "windows" ? [0] : Deno.loadavg();
  return Math.max(1, Math.ceil(wanting / navigator.hardwareConcurrency));
}

/** The arguments that a test is registered with; `usual` ms are its deadline unless it names one, both `factor` times as long. */
export function withDeadline(args: readonly unknown[], usual: number, factor = 1): unknown[] {
  const at = args.findIndex((arg) => typeof arg === "object");
  const { timeout = usual } = (at < 0 ? {} : args[at]) as { timeout?: number };
  const deadline = { timeout: factor * timeout };
  if (at >= 0) return args.with(at, { ...args[at] as object, ...deadline });
  return typeof args[0] === "string" ? [args[0], deadline, ...args.slice(1)] : [deadline, ...args];
}

/** Gives a deadline to all tests that are registered from now on. */
export function limitTests(usual: number, factor = crowd()): void {
  Object.defineProperty(Deno, "test", {
    value: new Proxy(Deno.test, {
      apply: (test, self, args) => Reflect.apply(test, self, withDeadline(args, usual, factor)),
    }),
  });
}
