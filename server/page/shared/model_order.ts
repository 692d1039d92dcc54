/** The order of models. */

import type { Model } from "./operations.ts";

/** Those whose data set is there come first, and models of pictures before those of volumes: the first one is what people see first. */
export function inOrder(models: readonly Model[]): Model[] {
  const rank = ({ dataset, encoder }: Model) =>
    dataset ? Number((encoder?.imageShape.length ?? 0) > 3) : 2;
  return models.toSorted((a, b) => rank(a) - rank(b));
}
