/** What is known about published data sets in MedMNIST layout, by file name: title, scale, license, citation, measurements. */

import type { Dataset, LabelScale, Measurement } from "@countergrade/countergrade";
import { jointSpaceSides, jointSpaceWidth } from "./joint_space.ts";
import { MEDMNIST_CITATION, medmnistScale, medmnistSet } from "./medmnist.ts";

/** What the file itself does not say. */
export interface KnownDataset {
  readonly title: string;
  readonly scale: LabelScale;
  readonly license: string;
  readonly citation: string;
  readonly measurements?: readonly Measurement[];
  readonly region?: Dataset["region"];
}

function grades(prefix: string, count: number): LabelScale {
  return { type: "ordinal", names: Array.from({ length: count }, (_, i) => `${prefix} ${i}`) };
}

const known: readonly [RegExp, KnownDataset][] = [
  [/^knee_kl(_\d+)?$/, {
    title: "Knee radiographs, Kellgren–Lawrence grade of osteoarthritis",
    scale: grades("KL", 5),
    license: "CC BY 4.0",
    citation: "Chen P. Knee Osteoarthritis Severity Grading Dataset. Mendeley Data, 2018. " +
      "doi:10.17632/56rmx5bjcr.1. Images from the Osteoarthritis Initiative (OAI).",
    measurements: [jointSpaceWidth, ...jointSpaceSides],
    // Both compartments, with the plates of the bones above and below, and no soft tissue.
    region: { x: 0.14, y: 0.34, width: 0.72, height: 0.44 },
  }],
];

/** What is known about the data set `id`, or undefined. */
export function knownDataset(id: string): KnownDataset | undefined {
  const set = medmnistSet(id);
  if (!set) return known.find(([pattern]) => pattern.test(id))?.[1];
  const { title, license } = set;
  return { title, scale: medmnistScale(set), license, citation: MEDMNIST_CITATION };
}
