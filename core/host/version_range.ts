/** Whether this version of the plugin interface lies in a plugin's range of versions. */

// @ts-types="./semver.d.ts"
import { satisfies, validRange } from "semver";

/**
 * Whether `version` lies in `range`, written as for npm: `^1`, `~1.2`, `1.x`, `>=1.2 <3`, several of them by `||`. Undefined
 * when the range cannot be read, and when it names nothing or a pre-release: the plugin interface has none.
 *
 * @example
 * ```ts
 * import { inRange } from "./version_range.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(inRange("1.4.0", "^1.2"), true);
 * assertEquals(inRange("1.4.0", "^2 || ~1.3"), false);
 * assertEquals(inRange("1.4.0", "newest"), undefined);
 * ```
 */
export function inRange(version: string, range: string): boolean | undefined {
  const pinned = /\d/.test(range) && !/\d-/.test(range);
  return pinned && validRange(range) !== null ? satisfies(version, range) : undefined;
}
