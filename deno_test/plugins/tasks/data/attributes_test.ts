/** Attributes: each moves with what it is named after, and with nothing else that is easily changed. */

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { type Images, tensor } from "@countergrade/countergrade";
import { ATTRIBUTES } from "../../../../plugins/tasks/data/attributes.ts";

const size = 16;

/** A soft disc, by its center, blur, light and depth. */
function disc({ x = 8, y = 8, blur = 1, light = 0, depth = 1 } = {}): Images {
  return tensor(
    [1, 1, size, size],
    Float32Array.from({ length: size * size }, (_, i) => {
      const away = Math.hypot(i % size - x, Math.floor(i / size) - y) - 4;
      return light + depth * (0.6 / (1 + Math.exp(away / blur)) - 0.3);
    }),
  );
}

const of = (name: string, images: Images) =>
  ATTRIBUTES.find((one) => one.name === name)!.measure(images)[0];

Deno.test("every attribute says what it is and in which unit, under a name of its own", () => {
  assertEquals(new Set(ATTRIBUTES.map(({ name }) => name)).size, ATTRIBUTES.length);
  for (const { name, unit, description } of ATTRIBUTES) {
    assert(/^[a-z][A-Za-z]+$/.test(name) && unit && description.length > 10, name);
  }
});

Deno.test("brightness is the mean, contrast the spread, and neither moves the other or the sharpness", () => {
  const [plain, light, deep] = [disc(), disc({ light: 0.2 }), disc({ depth: 2 })];
  assertAlmostEquals(of("brightness", light) - of("brightness", plain), 0.2, 1e-6);
  assertAlmostEquals(of("contrast", light), of("contrast", plain), 1e-6);
  assertAlmostEquals(of("contrast", deep), 2 * of("contrast", plain), 1e-6);
  for (const other of [light, deep]) {
    assertAlmostEquals(of("sharpness", other), of("sharpness", plain), 1e-6);
  }
});

Deno.test("sharpness falls with blur", () => {
  assert(of("sharpness", disc({ blur: 0.5 })) > of("sharpness", disc({ blur: 2 })));
});

Deno.test("positions follow the disc along their own axis alone", () => {
  const [plain, right, down] = [disc(), disc({ x: 10 }), disc({ y: 10 })];
  assert(of("positionX", right) > of("positionX", plain) + 0.005);
  assertAlmostEquals(of("positionY", right), of("positionY", plain), 1e-3);
  assert(of("positionY", down) > of("positionY", plain) + 0.005);
  assertAlmostEquals(of("positionX", down), of("positionX", plain), 1e-3);
});

Deno.test("black, flat images have finite attributes, and rows are measured one by one", () => {
  const black = tensor([2, 1, 4, 4], new Float32Array(32).fill(-1));
  for (const { measure } of ATTRIBUTES) {
    const values = measure(black);
    assert(values.every(Number.isFinite));
    assertEquals(values[0], values[1]);
  }
});
