/** The border: what a plugin gives is what it promised, to the last element, and its errors name it. */

import { InputError, PluginError, tensor } from "@countergrade/countergrade";
import { assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { Border } from "../../../core/host/border.ts";

const border = new Border("odd", "mine", false);
const refused = (run: () => unknown, said: string) => {
  const { message } = assertThrows(run, PluginError, said);
  assertEquals(message.slice(0, 23), 'Plugin "odd": mine: f()', message);
};
const whole = tensor([2], [1, 2]);
const holed = tensor([2], [1, NaN]);

Deno.test("numbers are as many as promised, and finite unless what came in was not", () => {
  const good = Float64Array.of(1, -2);
  assertStrictEquals(border.numbers("f", good, 2), good);
  refused(() => border.numbers("f", good, 3), "a Float64Array of 2; expected a Float64Array of 3");
  refused(() => border.numbers("f", Float32Array.of(1, 2), 2), "returned a Float32Array of 2");
  refused(() => border.numbers("f", [1, 2], 2), "returned an array of 2");
  refused(() => border.numbers("f", Promise.resolve(good), 2), "returned a promise");
  for (const odd of [NaN, Infinity, -Infinity]) {
    for (const at of [0, 1]) {
      const values = good.with(at, odd);
      refused(() => border.numbers("f", values, 2), `returned ${odd} at ${at}; expected finite`);
      refused(() => border.numbers("f", values, 2, [whole]), `returned ${odd} at ${at}`);
      assertStrictEquals(border.numbers("f", values, 2, [whole, holed]), values);
    }
  }
});

Deno.test("integers are Int32Arrays of the length", () => {
  const good = Int32Array.of(3, 4);
  assertStrictEquals(border.integers("f", good, 2), good);
  refused(() => border.integers("f", good, 1), "a Int32Array of 2; expected an Int32Array of 1");
  refused(() => border.integers("f", Float64Array.of(3, 4), 2), "a Float64Array of 2");
});

Deno.test("a tensor has float32 numbers, all of them, in the shape", () => {
  const good = tensor([2, 3], [1, 2, 3, 4, 5, 6]);
  assertStrictEquals(border.tensor("f", good, [2, 3]), good);
  const wrong: [value: unknown, says: string][] = [
    [good, "returned a tensor of shape [2, 3] with a Float32Array of 6; expected a float32 tensor"],
    [{ shape: [3], data: new Float64Array(3) }, "with a Float64Array of 3"],
    [{ shape: [3], data: new Float32Array(2) }, "with a Float32Array of 2"],
    [{ shape: [1, 3], data: new Float32Array(3) }, "of shape [1, 3]"],
    [{ shape: "3", data: new Float32Array(3) }, "returned an object"],
    [{ data: new Float32Array(3) }, "returned an object"],
    [null, "returned null"],
    [undefined, "returned undefined"],
    [7, "returned 7"],
  ];
  for (const [value, says] of wrong) refused(() => border.tensor("f", value, [3]), says);
  const holes = tensor([2], [0, Infinity]);
  refused(() => border.tensor("f", holes, [2], [whole]), "returned Infinity at 1");
  assertStrictEquals(border.tensor("f", holes, [2], [holed]), holes);
  assertEquals(border.tensor("f", tensor([0, 3], []), [0, 3]).shape, [0, 3]);
});

Deno.test("a number may be NaN, but is one", () => {
  assertEquals([border.number("f", NaN), border.number("f", 0)], [NaN, 0]);
  refused(() => border.number("f", "1"), "returned 1; expected a number");
  refused(() => border.number("f", undefined), "returned undefined; expected a number");
});

Deno.test("each row of probabilities is none below 0 and has the sum 1, as exactly as float32 allows", () => {
  const rows = (...values: number[]) => border.distributions("f", Float64Array.from(values), 2);
  rows(0.25, 0.75, 1, 0);
  rows(0.5, 0.5009, 0.5, 0.4991);
  rows(NaN, 0.5);
  refused(() => rows(0.5, 0.5, 0.5, 0.502), "0.5, 0.502 for row 1; expected 2 probabilities");
  refused(() => rows(0.5, 0.498), "for row 0");
  refused(() => rows(-0.1, 1.1), "-0.1, 1.1 for row 0");
});

Deno.test("an input that was written to is told, wherever, unless it was a copy", async () => {
  const input = (size: number) => tensor([size], new Float32Array(size).fill(1));
  for (const [size, at] of [[3, 0], [3, 2], [1024, 1023], [2047, 2046]]) {
    for (const value of [2, NaN, -0]) {
      const change = (of: { data: Float32Array }) => void (of.data[at] = value);
      const one = input(size);
      refused(() => border.call("f", [whole, one], () => change(one)), "changed its input");
      const other = input(size);
      const slow = () =>
        border.callAsync("f", [other], () => Promise.resolve().then(() => change(other)));
      await assertRejects(slow, PluginError, "changed its input; copy what you want to write to");
      const copied = input(size);
      new Border("odd", "mine", true).call("f", [copied], () => change(copied));
    }
  }
  assertEquals(border.call("f", [whole, holed], () => 5), 5);
  assertEquals(await border.callAsync("f", [whole, holed], () => Promise.resolve(5)), 5);
});

Deno.test("a typed error is the plugin's answer, any other names plugin, member and method", async () => {
  const answer = new InputError("Cannot fit: too few rows");
  const fails = (error: unknown) => () => {
    throw error;
  };
  assertStrictEquals(assertThrows(() => border.call("f", [], fails(answer))), answer);
  const bug = new RangeError("Invalid array length");
  refused(() => border.call("f", [], fails(bug)), "f() failed: Invalid array length");
  refused(() => border.call("f", [], fails("a text")), "f() failed: a text");
  assertStrictEquals(border.error("f", "failed", bug).cause, bug);
  await assertRejects(
    () => border.callAsync("f", [], () => Promise.reject(bug)),
    PluginError,
    "mine: f() failed: Invalid array length",
  );
  const slow = () => border.callAsync("f", [], () => Promise.reject(answer));
  assertStrictEquals(await assertRejects(slow), answer);
});
