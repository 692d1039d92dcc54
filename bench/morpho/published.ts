/**
 * What others measured on the handwritten digits of Morpho-MNIST: Melistas et al., Benchmarking Counterfactual Image Generation (NeurIPS
 * 2024 Datasets and Benchmarks, arXiv 2403.20287). Taken from the tables in the first author's slides of it,
 * https://github.com/gulnazaki/presentations at c588244, benchmarking_counterfactual_image_generation/figures.
 */

/** Figures of one method; lower is better. */
export interface Figures {
  readonly method: string;
  /** Mean absolute difference of an image after so many null edits, in levels of 255. */
  readonly composition1: number;
  readonly composition10: number;
  /** After do(thickness): how far thickness (px) and intensity (levels of 255) are read from what was asked. */
  readonly thickness: number;
  readonly intensity: number;
  /** Counterfactual latent divergence, over edits of all attributes. */
  readonly minimality: number;
}

/** The methods of the benchmark. */
export const PUBLISHED: readonly Figures[] = [
  {
    method: "VAE",
    composition1: 2.6,
    composition10: 7.698,
    thickness: 0.109,
    intensity: 3.15,
    minimality: 0.268,
  },
  {
    method: "HVAE",
    composition1: 0.438,
    composition10: 1.55,
    thickness: 0.086,
    intensity: 1.99,
    minimality: 0.272,
  },
  {
    method: "GAN",
    composition1: 3.807,
    composition10: 11.697,
    thickness: 0.228,
    intensity: 9.43,
    minimality: 0.286,
  },
];
