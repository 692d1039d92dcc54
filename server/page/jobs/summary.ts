/** A job in a few words. */

import type { Job } from "./operations.ts";

/** Ids of artifacts say nothing to the eye. */
const ID = /^[a-z]+-[0-9a-f]{16}$/;

/** What tells a job from others of its task: texts and choices of its options, the place of an image, the seed. */
export function summaryOf(
  { options, seed }: Pick<Job, "options" | "seed">,
  images: ReadonlyMap<string, string> = new Map(),
): string {
  const own = typeof options.image === "string" ? options.image : undefined;
  const words = Object.entries(options).flatMap(([key, value]) => {
    if (key === "image" && own) return [images.get(own) ?? "own image"];
    // What says where in a data set an image lies says nothing of one's own.
    if (own && (key === "split" || key === "index")) return [];
    if (key === "index") return [`no. ${value}`];
    if (typeof value === "string") return ID.test(value) ? [] : [value];
    const isChoice = value && typeof value === "object" && !Array.isArray(value);
    const names = isChoice ? Object.keys(value) : [];
    return names.length === 1 ? names : [];
  });
  return [...words.slice(0, 5), ...(seed ? [`seed ${seed}`] : [])].join(" · ");
}
