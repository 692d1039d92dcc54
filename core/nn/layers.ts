/** Layers of the Diffusion Autoencoder, as functions from values to values. */

import {
  add,
  averagePool,
  concat,
  conv,
  cos,
  groupNorm as normalized,
  matmul,
  mul,
  reshape,
  silu,
  sin,
  slice,
  softmax,
  split,
  upsample,
  upsampledConv,
  type Value,
} from "../graph/graph.ts";
import type { Condition } from "./condition.ts";
import { type Initial, type ParameterSource, scoped } from "./parameters.ts";

const ZERO: Initial = { fill: 0 };
const ONE: Initial = { fill: 1 };

/** PyTorch's default start for linear and convolution layers: uniform in ±1/√fanIn. */
const fan = (fanIn: number): Initial => ({ uniform: 1 / Math.sqrt(fanIn) });

/** `x [n, in]` to `[n, out]`; weight `[out, in]`. */
export function linear(p: ParameterSource, x: Value, out: number): Value {
  const size = x.shape[1];
  const weight = p.get("weight", [out, size], fan(size));
  return add(matmul(x, weight, false, true), p.get("bias", [out], fan(size)));
}

/** A convolution with k × k taps, of volumes k × k × k, that keeps the size. `zero` starts it silent, as the last of a residual block. */
export function convolution(p: ParameterSource, x: Value, out: number, k: number, zero = false) {
  const [, c, ...space] = x.shape;
  const size = c * k ** space.length;
  const weight = p.get("weight", [out, c, ...space.map(() => k)], zero ? ZERO : fan(size));
  const bias = p.get("bias", [out], zero ? ZERO : fan(size));
  return conv(x, weight, bias, { pads: (k - 1) / 2 });
}

/** The {@linkcode convolution} with three taps along each axis of an image that is doubled along each by repeating pixels. */
export function upsampledConvolution(p: ParameterSource, x: Value, out: number): Value {
  const [, c, ...space] = x.shape;
  const size = c * 3 ** space.length;
  const weight = p.get("weight", [out, c, ...space.map(() => 3)], fan(size));
  return upsampledConv(x, weight, p.get("bias", [out], fan(size)));
}

/** GroupNorm with at most 32 groups. */
export function groupNorm(p: ParameterSource, x: Value): Value {
  const [, c] = x.shape;
  const { factor, term } = affine(p, c);
  return normalized(x, reshape(factor, [1, c]), reshape(term, [1, c]), groups(c), 1e-5);
}

/** The affine part of a GroupNorm of c channels, `[c]` each. */
export function affine(p: ParameterSource, c: number): { factor: Value; term: Value } {
  return { factor: p.get("weight", [c], ONE), term: p.get("bias", [c], ZERO) };
}

/** Into how many groups c channels are cut. */
export const groups = (c: number): number => Math.min(32, c);

/** How a residual block changes the size. */
export type Resampling = "up" | "down" | undefined;

/** Halving an odd length of an axis drops the last place, as PyTorch's pooling does. */
const RESAMPLE = { up: upsample, down: (x: Value) => averagePool(evenPart(x)) };

function evenPart(x: Value): Value {
  return x.shape.reduce(
    (value, length, axis) => axis > 1 && length % 2 ? slice(value, axis, 0, length - 1) : value,
    x,
  );
}

/**
 * A residual block (Dhariwal & Nichol 2021, as in Diff-AE): normalize, SiLU, resample, convolve; with a condition also
 * normalize, modulate by time (scale and shift) and code (scale only), SiLU, dropout, convolve. Without one, as in the semantic
 * encoder, the first half is all there is.
 */
export function residualBlock(
  p: ParameterSource,
  x: Value,
  out: number,
  condition?: Condition,
  resampling?: Resampling,
): Value {
  const resample = resampling ? RESAMPLE[resampling] : (value: Value) => value;
  // Four taps of 2 × 2 pixels are as large as the smallest image, and onnxruntime's WebGPU convolution then takes a matrix
  // product, whatever the padding.
  const doubled = resampling === "up" && Math.min(...x.shape.slice(2)) > 2;
  const active = silu(groupNorm(scoped(p, "in_layers.0"), x));
  const first = scoped(p, "in_layers.2");
  let h = doubled
    ? upsampledConvolution(first, active, out)
    : convolution(first, resample(active), out, 3);
  if (condition) {
    h = silu(condition.normalize(p, h));
    h = condition.drop?.(h) ?? h;
    h = convolution(scoped(p, "out_layers.3"), h, out, 3, true);
  }
  const straight = resample(x);
  const skip = x.shape[1] === out
    ? straight
    : convolution(scoped(p, "skip_connection"), straight, out, 1);
  return add(skip, h);
}

/** Self-attention over image positions, with a residual connection. Channels are cut into heads before q, k, v. */
export function attention(p: ParameterSource, x: Value, heads: number): Value {
  const [n, c] = x.shape;
  const width = c / heads;
  const normal = groupNorm(scoped(p, "norm"), x);
  const qkv = pointwise(scoped(p, "qkv"), normal, 3 * c);
  const parts = reshape(qkv, [n, heads, 3 * width, -1]);
  const [q, k, v] = split(parts, 2, [width, width, width]);
  const weights = softmax(matmul(mul(q, 1 / Math.sqrt(width)), k, true, false));
  const mixed = reshape(matmul(v, weights, false, true), x.shape);
  return add(x, pointwise(scoped(p, "proj_out"), mixed, c, true));
}

/** A 1 × 1 convolution whose weight is stored as `[out, in, 1]`, as PyTorch's Conv1d does. */
function pointwise(p: ParameterSource, x: Value, out: number, zero = false): Value {
  const size = x.shape[1];
  const weight = p.get("weight", [out, size, 1], zero ? ZERO : fan(size));
  const bias = p.get("bias", [out], zero ? ZERO : fan(size));
  return conv(x, reshape(weight, [out, size, ...x.shape.slice(2).map(() => 1)]), bias);
}

/** Sinusoidal embedding of times `[n]` to `[n, size]`, cosines first (Ho et al. 2020). */
export function timeEmbedding(t: Value, size: number): Value {
  const half = size / 2;
  const frequencies = Float32Array.from(
    { length: half },
    (_, i) => Math.exp(-Math.log(10000) * i / half),
  );
  const [n] = t.shape;
  const angles = mul(reshape(t, [n, 1]), t.graph.constant({ shape: [1, half], data: frequencies }));
  return concat([cos(angles), sin(angles)], 1);
}
