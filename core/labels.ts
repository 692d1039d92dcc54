/** Labels: what grades and classes are called, and how images carry them. */

/** What labels mean. Label `i` is `names[i]`; ordinal scales go from mild to severe. */
export interface LabelScale {
  /** Labels of a continuous scale, as an age, are real numbers. */
  type: "binary" | "ordinal" | "nominal" | "continuous";
  /** Of a continuous scale: one name, what is measured, with its unit. */
  names: readonly string[];
}

/** Labels of codes: indices into the names of the scale, or real numbers where the scale is continuous. */
export type Labels = Int32Array | Float64Array;
