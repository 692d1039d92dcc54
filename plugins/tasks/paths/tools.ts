/** The models of a path in the hands of the metrics. */

import type { PathTools } from "@countergrade/countergrade";
import type { PathSetup } from "./setup.ts";

/** What a path was made with, its sampler and the job's signal laid in; pictures are as the model renders them. */
export function pathTools(setup: PathSetup, signal: AbortSignal): PathTools {
  const { encoder, probe, sampler, editor, editing, statistics, training } = setup;
  return {
    probe,
    signal,
    training,
    encode: (images) => encoder.encode(images, { signal }),
    encodeStochastic: (images, codes) =>
      encoder.encodeStochastic(images, codes, { sampler, signal }),
    render: (latents) => encoder.render(latents, { sampler, signal }),
    edit: (latents, targets) =>
      editor.edit(latents, probe, targets, editing, { statistics, signal }),
  };
}
