/** Arrays in other element orders: Fortran order, transposed and sliced tensors, brought into row-major order. */

import { sizeOf } from "../tensor.ts";

/** A typed array whose elements are numbers. */
export type NumericArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;

/** Strides, in elements, of a row-major array of shape `shape`. */
export function rowMajorStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis];
  }
  return strides;
}

/** Strides, in elements, of a column-major (Fortran order) array of shape `shape`. */
export function columnMajorStrides(shape: readonly number[]): number[] {
  return rowMajorStrides(shape.toReversed()).toReversed();
}

/** Whether elements with these strides lie in row-major order; an axis of length 1 may have any stride. */
export function isRowMajor(shape: readonly number[], strides: readonly number[]): boolean {
  const expected = rowMajorStrides(shape);
  return sizeOf(shape) === 0 ||
    shape.every((length, axis) => length === 1 || strides[axis] === expected[axis]);
}

/**
 * The number of elements from the first to the last that an array with these strides touches.
 *
 * @example
 * ```ts
 * import { strideExtent } from "./strided.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(strideExtent([2, 3], [10, 1]), 13);
 * ```
 */
export function strideExtent(shape: readonly number[], strides: readonly number[]): number {
  if (sizeOf(shape) === 0) return 0;
  return 1 + shape.reduce((last, length, axis) => last + (length - 1) * strides[axis], 0);
}

/**
 * A row-major copy of a strided array whose first element is `source[0]`.
 *
 * @throws {RangeError} When the strides reach beyond `source`.
 */
export function toRowMajor<Elements extends NumericArray>(
  source: Elements,
  shape: readonly number[],
  strides: readonly number[],
): Elements {
  const extent = strideExtent(shape, strides);
  if (extent > source.length || strides.some((stride) => stride < 0)) {
    throw new RangeError(
      `Cannot reorder: expected at least ${extent} elements for shape [${shape.join(", ")}] and ` +
        `strides [${strides.join(", ")}], current length is ${source.length}`,
    );
  }
  const size = sizeOf(shape);
  const out = new (source.constructor as { new (length: number): Elements })(size);
  const index = new Array<number>(shape.length).fill(0);
  for (let i = 0, at = 0; i < size; i++) {
    out[i] = source[at];
    // Counts `index` up like an odometer, the last axis first, and moves `at` along.
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis];
      if (++index[axis] < shape[axis]) break;
      at -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return out;
}
