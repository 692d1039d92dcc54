/** What a residual block of the U-Net does with time and code. */

import type { Value } from "../graph/graph.ts";
import type { Drop } from "./dropout.ts";
import type { ParameterSource } from "./parameters.ts";

/** What a residual block does with time and code. */
export interface Condition {
  /** GroupNorm of `h [n, c, …]`, modulated; `p` are the parameters of the block. */
  normalize(p: ParameterSource, h: Value): Value;
  /** Dropout before the last convolution, while training. */
  readonly drop?: Drop;
}
