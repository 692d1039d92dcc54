/** Spies and stubs. */

import { assert, assertEquals, AssertionError, assertRejects, assertThrows } from "@std/assert";
import {
  assertSpyCall,
  assertSpyCallArg,
  assertSpyCallArgs,
  assertSpyCalls,
  MockError,
  resolvesNext,
  returnsNext,
  spy,
  stub,
} from "@std/testing/mock";

class Counter {
  count = 0;
  add(by: number): number {
    if (by < 0) throw new RangeError("only up");
    return this.count += by;
  }
}

Deno.test("a spy around a function notes arguments and results and changes nothing", () => {
  const double = spy((x: number) => 2 * x);
  assertEquals([double(1), double(4)], [2, 8]);
  assertEquals(double.calls, [{ args: [1], returned: 2 }, { args: [4], returned: 8 }]);
  assertThrows(() => double.restore(), MockError);
  const nothing = spy();
  assertEquals(nothing(1, "a"), undefined);
  assertSpyCallArgs(nothing, 0, [1, "a"]);
});

Deno.test("a spy on a method notes whose it was, and what it threw, until it is restored", () => {
  const counter = new Counter();
  const add = spy(counter, "add");
  assertEquals([counter.add(2), counter.add(3), counter.count], [2, 5, 5]);
  assertThrows(() => counter.add(-1), RangeError);
  assertSpyCalls(add, 3);
  assertSpyCall(add, 1, { args: [3], self: counter, returned: 5 });
  assertSpyCall(add, 2, { error: { Class: RangeError, msgIncludes: "only up" } });
  assert(!add.restored);
  add.restore();
  assert(add.restored && !Object.hasOwn(counter, "add"));
  counter.add(1);
  assertSpyCalls(add, 3);
  assertThrows(() => add.restore(), MockError, "already");
});

Deno.test("a stub stands in for a method until its block ends", () => {
  const counter = new Counter();
  {
    using add = stub(counter, "add", () => 7);
    assertEquals([counter.add(1), counter.count], [7, 0]);
    assertSpyCallArg(add, 0, 0, 1);
    assertThrows(() => stub(counter, "add"), MockError, "already");
  }
  assertEquals(counter.add(1), 1);
  using _nothing = stub(counter, "add");
  assertEquals(counter.add(1) as unknown, undefined);
});

Deno.test("an own property comes back as it was", () => {
  const object = Object.defineProperty({} as { f(): number }, "f", {
    value: () => 1,
    configurable: true,
  });
  const before = Object.getOwnPropertyDescriptor(object, "f");
  stub(object, "f", () => 2).restore();
  assertEquals(Object.getOwnPropertyDescriptor(object, "f"), before);
  assertThrows(() => stub({ f: 1 } as never, "f" as never), MockError, "not an instance method");
  assertThrows(() => stub(Object.freeze({ f() {} }), "f"), MockError, "replaced");
});

Deno.test("values follow one another, errors among them, and end", async () => {
  const next = returnsNext([1, new RangeError("two")]);
  assertEquals(next(), 1);
  assertThrows(() => next(), RangeError, "two");
  assertThrows(() => next(), MockError);
  const later = resolvesNext([1, new RangeError("two"), Promise.resolve(3)]);
  assertEquals(await later(), 1);
  await assertRejects(() => later(), RangeError, "two");
  assertEquals(await later(), 3);
  await assertRejects(() => later(), MockError);
});

Deno.test("assertions on spies fail where the calls were others", () => {
  const add = spy((a: number, b: number) => a + b);
  add(1, 2);
  const wrong = [
    () => assertSpyCalls(add, 0),
    () => assertSpyCalls(add, 2),
    () => assertSpyCall(add, 1),
    () => assertSpyCall(add, 0, { args: [1, 3] }),
    () => assertSpyCall(add, 0, { args: [1, 2, 3] }),
    () => assertSpyCall(add, 0, { returned: 4 }),
    () => assertSpyCall(add, 0, { self: add }),
    () => assertSpyCall(add, 0, { error: {} }),
    () => assertSpyCallArgs(add, 0, [1]),
    () => assertSpyCallArg(add, 0, 1, 1),
  ];
  for (const run of wrong) assertThrows(run, AssertionError);
  assertSpyCall(add, 0, { args: [1, 2], returned: 3 });
});
