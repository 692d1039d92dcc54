/** What a kernel is told about its node, and what kernels share. */

import type { Attributes } from "../ops.ts";
import type { Handle, Torch } from "./torch.ts";

/** One node, as a kernel is told about it. */
export interface Job {
  readonly torch: Torch;
  readonly attributes: Attributes;
  /** The shapes of what it reads, as they are in this run. */
  readonly inputs: readonly (readonly number[])[];
  /** The shapes of what it makes. */
  readonly outputs: readonly (readonly number[])[];
  /** Which of its outputs anything depends on; the others may be left out, as 0. */
  readonly wanted: readonly boolean[];
  /** A constant number that elementwise ops take. */
  scalar(value: number): Handle;
  /** The numbers of the input that is read on the CPU: the rates of an update. */
  fed(): Float32Array;
  /** Which inputs may be overwritten by the output that takes their place. */
  readonly overwritten: readonly boolean[];
}

/** Makes the outputs of a node from its inputs, whose handles it leaves alone. */
export type Kernel = (job: Job, x: readonly Handle[]) => Handle[];

/** Frees what `use` has kept when it is done. */
export function briefly<T>(torch: Torch, use: (keep: (x: Handle) => Handle) => T): T {
  const kept: Handle[] = [];
  try {
    return use((x) => {
      kept.push(x);
      return x;
    });
  } finally {
    kept.forEach((x) => torch.free(x));
  }
}

/** The same elements in another shape. */
export function reshaped(torch: Torch, x: Handle, shape: readonly number[]): Handle {
  if (torch.isContiguous(x)) return torch.seenAs(x, shape);
  return torch.call("reshape", [torch.tensor(x), torch.integers(shape)])[0];
}

/** The elements of a tensor again and again, without a copy. */
export function expanded(torch: Torch, x: Handle, shape: readonly number[]): Handle {
  const size = torch.integers(shape);
  return torch.call("expand", [torch.tensor(x), size, torch.integer(false)])[0];
}
