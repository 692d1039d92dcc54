/** How large a training is: three sizes to begin with, and how long they take on this server. */

import type { Job } from "../jobs/operations.ts";
import { span } from "../jobs/times.ts";

/** What a size means for a Diffusion Autoencoder of some image size. */
export const SIZES = {
  small: { preset: "tiny", steps: 500, about: "to see whether it works" },
  medium: { preset: "tiny", steps: 2000, about: "edits show the disease" },
  large: { preset: "small", steps: 8000, about: "sharper pictures" },
};

export type Size = keyof typeof SIZES;

/** The preset of a size among those that there are, with a v for volumes; nothing where there is none for the image size. */
export function presetOf(
  size: Size,
  imageShape: readonly number[] | undefined,
  presets: readonly unknown[],
): string | undefined {
  const side = `${imageShape?.[1]}${imageShape?.length === 4 ? "v" : ""}`;
  const names = [SIZES[size].preset, "tiny", "small"].map((name) => `${name}${side}`);
  return names.find((name) => presets.includes(name));
}

/** How long so many steps of a preset take, after earlier trainings of it on this server; undefined without any. */
export function expectedTime(
  preset: string,
  steps: number,
  jobs: readonly Job[],
): string | undefined {
  const rates = jobs.flatMap(({ state, options, startedAt, finishedAt }) => {
    const made = (options.encoder as { dae?: { preset?: string; steps?: number } })?.dae;
    if (state !== "DONE" || made?.preset !== preset || !made.steps) return [];
    if (!startedAt || !finishedAt) return [];
    return [(Date.parse(finishedAt) - Date.parse(startedAt)) / 1000 / made.steps];
  });
  if (rates.length === 0) return undefined;
  const middle = rates.sort((a, b) => a - b)[Math.floor(rates.length / 2)];
  return span(middle * steps);
}
