/** Names that follow from content: of jobs, of artifacts. */

import { sha256 } from "./blobs.ts";
import type { Provenance } from "../job_context.ts";

/**
 * JSON with sorted keys: equal values give equal text.
 *
 * @example
 * ```ts
 * import { canonicalJson } from "./keys.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(canonicalJson({ b: 1, a: [{ d: 2, c: 3 }] }), '{"a":[{"c":3,"d":2}],"b":1}');
 * ```
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part) => {
    if (part === null || typeof part !== "object" || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => a < b ? -1 : 1));
  }) ?? "null";
}

/** What identifies a job's result: the hash of task, options, seed, and the versions of what the options name. */
export function jobKey(
  task: string,
  options: unknown,
  seed: number,
  inputs: readonly string[] = [],
): string {
  return sha256(canonicalJson({ task, options, seed, inputs })).slice(0, 32);
}

/** The id of an artifact that follows from a key: its kind and 16 digits of the key's hash. */
export function derivedId(kind: string, key: unknown): string {
  return `${kind}-${sha256(canonicalJson({ kind, key })).slice(0, 16)}`;
}

/** The id of an artifact: its kind and 16 digits of the hash of its files and provenance. */
export function artifactId(
  kind: string,
  files: Readonly<Record<string, string>>,
  provenance: Provenance,
): string {
  return `${kind}-${sha256(canonicalJson({ kind, files, provenance })).slice(0, 16)}`;
}
