/** Which direction of the code moves which pixels, seen in what an encoder renders. */

import { type Encoder, type Images, tensor } from "@countergrade/countergrade";
import { assert, assertEquals } from "@std/assert";
import { regionMapOf, renderedMap } from "../../../../plugins/tasks/latents/pixel_map.ts";
import type { TrainingImages } from "../../../../plugins/tasks/latents/training_codes.ts";

/** How each of the three pixels goes along with both numbers of the code. */
const B = [[1, 0], [2, -1], [0, 3]];
/** Σ */
const COVARIANCE = [[1, 0.5], [0.5, 4]];

/** The pixels of image i, whose code is (1, −1) or (−1, 1) by turns. */
const sideOf = (index: number) => index % 2 ? -1 : 1;

/** Images of a linear renderer; `watch` sees every code that is rendered and its image's own. */
function images(
  watch: (codes: readonly number[][], own: number) => void = () => {},
): TrainingImages {
  const encoder: Encoder = {
    imageShape: [1, 1, 3],
    codeSize: 2,
    details: {},
    defaultSampler: { name: "toy", inversionSteps: 9, renderSteps: 3 },
    encode: ({ data }) => Promise.resolve(tensor([1, 2], [data[0], -data[0]])),
    encodeStochastic(images, _codes, { sampler } = {}) {
      assertEquals([sampler?.inversionSteps, sampler?.renderSteps], [5, 3]);
      return Promise.resolve(images);
    },
    render({ codes, noise }): Promise<Images> {
      const own = noise.data[0];
      const all = Array.from(
        { length: codes.shape[0] },
        (_, i) => [codes.data[2 * i], codes.data[2 * i + 1]],
      );
      watch(all, own);
      return Promise.resolve(tensor(
        noise.shape,
        all.flatMap((code, i) =>
          B.map(([a, b], q) => noise.data[3 * i + q] + a * code[0] + b * code[1])
        ),
      ));
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const dataset = {
    imageShape: [1, 1, 3],
    splits: { train: 10 },
    get: (_split: string, [index]: Int32Array) =>
      Promise.resolve({ images: tensor([1, 1, 1, 3], [sideOf(index), 5, 7]) }),
  };
  const job = { signal: new AbortController().signal, emit: () => {} };
  return {
    stored: { encoder: "encoder-toy" },
    statistics: { covariance: tensor([2, 2], COVARIANCE.flat()) },
    dataset,
    job,
    loaded: { get: () => Promise.resolve(encoder) },
  } as unknown as TrainingImages;
}

Deno.test("what a linear renderer moves is found: Σ times its matrix", async () => {
  const map = await renderedMap(images());
  assertEquals(map.shape, [2, 3]);
  COVARIANCE.forEach((row, j) =>
    B.forEach((weights, q) => {
      const expected = row[0] * weights[0] + row[1] * weights[1];
      const found = map.data[3 * j + q];
      assert(Math.abs(found - expected) < 0.01, `${j}, ${q}: ${found}, ${expected}`);
    })
  );
});

Deno.test("edits move each number by its spread and no further, so that one of two values keeps its own", async () => {
  const moves: number[][] = [];
  await renderedMap(images((codes, own) => {
    assertEquals(codes[0], [own, -own]);
    for (const [a, b] of codes.slice(1)) moves.push([a - own, b + own]);
  }));
  assert(moves.length >= 256);
  const deviation = (k: number) =>
    Math.sqrt(moves.reduce((sum, move) => sum + move[k] ** 2, 0) / moves.length);
  [1, 2].forEach((spread, k) => {
    const found = deviation(k) / spread;
    assert(found > 0.4 && found < 0.55, `${found}`);
    assert(moves.every((move) => Math.abs(move[k]) < spread));
  });
});

Deno.test("a region's map looks at the pixels outside, and towards the means of the labels", () => {
  const pixels = tensor([2, 3], [1, 2, 3, 4, 5, 6]);
  const { outside, towards } = regionMapOf(pixels, [1, 0.5, 0], tensor([2, 3], [1, 0, 0, 0, 1, 1]));
  // Half of the second pixel and all of the third: (1, 3) and (2.5, 6).
  assertEquals([...outside.data], [1 + 9, 2.5 + 18, 2.5 + 18, 6.25 + 36]);
  assertEquals([towards.shape, [...towards.data]], [[2, 2], [1, 4, 5, 11]]);
});
