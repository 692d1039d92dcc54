/** How a graph is written as an ONNX model. */

/** How a graph is written. */
export interface OnnxOptions {
  /** Let the first axis of all inputs and outputs vary: reshapes that keep it copy it at run time. */
  readonly dynamicBatch?: boolean;
  /** Use onnxruntime's FusedMatMul, which the CPU and CUDA providers have. */
  readonly fusedMatMul?: boolean;
  /** Use onnxruntime's GatedAdd, which the CPU provider has. */
  readonly gatedAdd?: boolean;
  /** Write convolutions for onnxruntime's CPU kernels that take channels in blocks of this many. */
  readonly block?: number;
  /**
   * The most outputs of one Split; where there would be more, each is a Slice of its own. A WebGPU shader binds 8 buffers or
   * little more, and the training graph cuts one vector into hundreds of parameters.
   */
  readonly splitLimit?: number;
}
