/** Equality of values, kind by kind. */

import { assert, assertThrows } from "@std/assert";
import { equal } from "./equal.ts";

class Point {
  x;
  constructor(x: number) {
    this.x = x;
  }
}
class Spot extends Point {}
class Secret {
  #value;
  constructor(value: number) {
    this.#value = value;
  }
  get value() {
    return this.#value;
  }
}
const date = (ms: number) => new Date(ms);
const bare = (values: object) => Object.assign(Object.create(null), values);
const bytes = (...values: number[]) => new Uint8Array(values);

const same: readonly [unknown, unknown][] = [
  [NaN, NaN],
  [0, -0],
  [{ a: NaN }, { a: NaN }],
  [{ a: 1, b: 2 }, { b: 2, a: 1 }],
  [bare({ a: 1 }), { a: 1 }],
  [[1, [2, { a: undefined }]], [1, [2, { a: undefined }]]],
  [new Float32Array([NaN, 0]), new Float32Array([NaN, -0])],
  [bytes(1, 2).buffer, bytes(1, 2).buffer],
  [date(5), date(5)],
  [date(NaN), date(NaN)],
  [/a/g, /a/g],
  [new URL("http://a/b"), new URL("http://a/b")],
  [new Set([1, 2]), new Set([2, 1])],
  [new Set([{ a: 1 }, { b: 1 }]), new Set([{ b: 1 }, { a: 1 }])],
  [
    new Map<unknown, unknown>([[1, { a: 1 }], [{}, 2]]),
    new Map<unknown, unknown>([[{}, 2], [1, { a: 1 }]]),
  ],
  [new Point(1), new Point(1)],
  [new Secret(1), new Secret(1)],
  [{ [Symbol.iterator]: 1 }, { [Symbol.iterator]: 1 }],
];

const different: readonly [unknown, unknown][] = [
  [1, "1"],
  [1, 1n],
  [null, undefined],
  [{ a: undefined }, {}],
  [{}, { a: undefined }],
  [{ a: undefined }, { b: undefined }],
  [[1, 2], [2, 1]],
  [[undefined], []],
  [[1], { 0: 1 }],
  [bytes(1), new Int8Array([1])],
  [bytes(1), [1]],
  [bytes(1), bytes(1, 0)],
  [bytes(1, 2).buffer, bytes(1, 3).buffer],
  [date(5), date(6)],
  [date(5), 5],
  [/a/g, /a/],
  [new URL("http://a/b"), new URL("http://a/c")],
  [new Set([1]), new Set([1, 2])],
  [new Set([1, 2]), new Set([1, 3])],
  [new Map([[1, 2]]), new Map([[1, 3]])],
  [new Map([[1, undefined]]), new Map([[2, undefined]])],
  [new Map(), new Set()],
  [new Point(1), new Point(2)],
  [new Point(1), { x: 1 }],
  [new Point(1), new Spot(1)],
  [new Secret(1), new Secret(2)],
  [() => 1, () => 1],
  [{ [Symbol.iterator]: 1 }, {}],
  [{ a: [{ b: [0, 1] }] }, { a: [{ b: [0, 2] }] }],
];

const text = (pair: readonly unknown[]) => pair.map((one) => Deno.inspect(one)).join(" and ");

for (const pair of same) {
  Deno.test(`${text(pair)} are equal`, () => {
    assert(equal(pair[0], pair[1]) && equal(pair[1], pair[0]));
  });
}

for (const pair of different) {
  Deno.test(`${text(pair)} are different`, () => {
    assert(!equal(pair[0], pair[1]) && !equal(pair[1], pair[0]));
  });
}

Deno.test("circles are compared without end", () => {
  const circle = (end: number) => {
    const a: Record<string, unknown> = { end };
    a.self = { a };
    return a;
  };
  assert(equal(circle(1), circle(1)));
  assert(!equal(circle(1), circle(2)));
});

Deno.test("nobody looks into a weak collection", () => {
  assertThrows(() => equal(new WeakMap(), new WeakMap()), TypeError, "WeakMap");
  assertThrows(() => equal(new WeakSet(), new WeakSet()), TypeError, "WeakSet");
  assert(equal(new WeakRef(bytes(1)), new WeakRef(bytes(1))));
  assert(!equal(new WeakRef(bytes(1)), new WeakRef(bytes(2))));
});
