/** Time that a test moves, with the interface of `jsr:@std/testing/time`: no test waits for a clock. */

/** What waits for its time. */
interface Timer {
  readonly id: number;
  readonly call: () => void;
  /** ms of the fake clock. */
  due: number;
  /** ms from one call to the next; absent for a timeout. */
  readonly every?: number;
}

/** Time is faked, or given back, when it cannot be. */
export class TimeError extends Error {
  override name = "TimeError";
}

const real = {
  Date: globalThis.Date,
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  setInterval: globalThis.setInterval,
  clearInterval: globalThis.clearInterval,
  timeout: AbortSignal.timeout,
};

let current: FakeTime | undefined;

/**
 * Stands still until it is told to go on. Date, timeouts, intervals and AbortSignal.timeout follow it until it is
 * restored; what was set before goes by the real clock.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { FakeTime } from "@std/testing/time";
 *
 * using time = new FakeTime(1_000);
 * let rung = 0;
 * setInterval(() => rung++, 60_000);
 * time.tick(180_000);
 * assertEquals([rung, Date.now()], [3, 181_000]);
 * ```
 */
export class FakeTime implements Disposable {
  /** When it was begun, in ms. */
  readonly start: number;
  #now: number;
  #ids = 0;
  #timers = new Map<number, Timer>();

  /** Fakes the time from `start` on: ms, a date or its text; now where it is left out. */
  constructor(start?: number | string | Date | null) {
    if (current) throw new TimeError("Cannot construct FakeTime: time is already faked");
    this.start = start === undefined || start === null
      ? real.Date.now()
      : new real.Date(start).valueOf();
    if (Number.isNaN(this.start)) throw new TimeError("Cannot construct FakeTime: invalid date");
    this.#now = this.start;
    current = this;
    Object.assign(globalThis, {
      Date: dateOf(this),
      setTimeout: (call: Call, delay?: number, ...args: unknown[]) => this.#set(call, args, delay),
      setInterval: (call: Call, delay?: number, ...args: unknown[]) =>
        this.#set(call, args, delay, true),
      clearTimeout: (id?: number) => void this.#timers.delete(id!),
      clearInterval: (id?: number) => void this.#timers.delete(id!),
    });
    AbortSignal.timeout = (delay) => this.#signal(delay);
  }

  /** Gives the real time back, whoever has faked it. */
  static restore(): void {
    if (!current) throw new TimeError("Cannot restore time: time is already restored");
    current.restore();
  }

  /** ms since 1970. Set to a later moment it runs what is due until then. */
  get now(): number {
    return this.#now;
  }

  set now(moment: number) {
    if (moment < this.#now) throw new RangeError(`Cannot set time to the past: ${moment}`);
    for (let timer = this.#nearest(); timer && timer.due <= moment; timer = this.#nearest()) {
      this.#run(timer);
    }
    this.#now = moment;
  }

  /** Lets `ms` pass and runs what is due until then, in order. */
  tick(ms = 0): void {
    this.now += ms;
  }

  /** As {@linkcode tick}, after what waits for promises only. */
  async tickAsync(ms = 0): Promise<void> {
    await this.runMicrotasks();
    this.tick(ms);
    await this.runMicrotasks();
  }

  /** Lets the time pass until the next timer and runs it; false where there is none. */
  next(): boolean {
    const timer = this.#nearest();
    if (timer) this.now = Math.max(timer.due, this.#now);
    return timer !== undefined;
  }

  /** As {@linkcode next}, after what waits for promises only. */
  async nextAsync(): Promise<boolean> {
    await this.runMicrotasks();
    const ran = this.next();
    await this.runMicrotasks();
    return ran;
  }

  /** Runs timers until there are none. Intervals never end: clear them before. */
  runAll(): void {
    while (this.next());
  }

  /** As {@linkcode runAll}, with what waits for promises only in between. */
  async runAllAsync(): Promise<void> {
    while (await this.nextAsync());
  }

  /** Resolves when everything has run that waits for promises only. */
  runMicrotasks(): Promise<void> {
    return new Promise((resolve) => real.setTimeout(resolve));
  }

  /** Resolves after `ms` of this time, or rejects with the reason when `signal` is aborted before. */
  delay(ms: number, { signal }: { signal?: AbortSignal } = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const abort = () => {
        this.#timers.delete(id);
        reject(signal?.reason);
      };
      const id = this.#set(
        () => {
          signal?.removeEventListener("abort", abort);
          resolve();
        },
        [],
        ms,
      );
      signal?.addEventListener("abort", abort, { once: true });
    });
  }

  /** Gives the real time back. What still waits never comes. */
  restore(): void {
    if (current !== this) throw new TimeError("Cannot restore time: time is already restored");
    current = undefined;
    this.#timers.clear();
    const { timeout, ...globals } = real;
    Object.assign(globalThis, globals);
    AbortSignal.timeout = timeout;
  }

  [Symbol.dispose](): void {
    if (current === this) this.restore();
  }

  #set(call: Call, args: unknown[], delay = 0, again = false): number {
    const ms = Math.max(again ? 1 : 0, Number(delay) || 0);
    const id = ++this.#ids;
    this.#timers.set(id, {
      id,
      call: () => call(...args),
      due: this.#now + ms,
      ...(again && { every: ms }),
    });
    return id;
  }

  #signal(delay: number): AbortSignal {
    const controller = new AbortController();
    const reason = new DOMException("Signal timed out.", "TimeoutError");
    this.#set(() => controller.abort(reason), [], delay);
    return controller.signal;
  }

  /** The timer that is due first, of equal ones the oldest. */
  #nearest(): Timer | undefined {
    let nearest: Timer | undefined;
    for (const timer of this.#timers.values()) {
      if (!nearest || timer.due < nearest.due) nearest = timer;
    }
    return nearest;
  }

  #run(timer: Timer): void {
    this.#now = Math.max(timer.due, this.#now);
    // Set anew before the call, which may clear it.
    this.#timers.delete(timer.id);
    if (timer.every !== undefined) {
      this.#timers.set(timer.id, { ...timer, due: timer.due + timer.every });
    }
    timer.call();
  }
}

// deno-lint-ignore no-explicit-any -- what timers call
type Call = (...args: any[]) => void;

/** Date, whose now is the fake one. */
function dateOf(time: FakeTime): DateConstructor {
  return new Proxy(real.Date, {
    construct: (Date, args, target) =>
      Reflect.construct(Date, args.length ? args : [time.now], target),
    apply: () => new real.Date(time.now).toString(),
    get: (Date, key) => key === "now" ? () => time.now : Reflect.get(Date, key),
  });
}
