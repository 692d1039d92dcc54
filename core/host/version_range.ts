/** Version ranges as npm writes them, as far as a plugin's apiVersion needs them. */

type Version = readonly [major: number, minor: number, patch: number];

/** `1.2.3` or its beginning; what is left out is undefined. */
const PARTIAL = /^(\^|~|>=|>|<=|<|=)?\s*v?(\d+)(?:\.(\d+|x|\*))?(?:\.(\d+|x|\*))?$/;

/**
 * Whether `version` lies in `range`: `^1`, `~1.2`, `1.2.3`, `1.x`, `>=1.2 <3`, and several of them by `||`. Undefined when the
 * range cannot be read. There are no pre-releases of the plugin interface.
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
  const current = version.split(".").map(Number) as unknown as Version;
  const ways = range.split("||").map((way) =>
    // An operator may stand apart from its version.
    way.trim().replace(/(\^|~|>=|>|<=|<|=)\s+/g, "$1").split(/\s+/).map(intervalOf)
  );
  if (ways.flat().some((interval) => interval === undefined)) return undefined;
  return ways.some((way) =>
    way.every((interval) => {
      const [low, high] = interval!;
      return compare(current, low) >= 0 && compare(current, high) < 0;
    })
  );
}

/** The versions that one comparator admits: from the first (inclusive) to the second (exclusive). */
function intervalOf(text: string): [from: Version, to: Version] | undefined {
  const parts = PARTIAL.exec(text);
  if (!parts) return undefined;
  const [, operator = "", ...numbers] = parts;
  const known = numbers.slice(0, 3).map((part) => /^\d+$/.test(part ?? "") ? Number(part) : null);
  const given = known.indexOf(null) < 0 ? 3 : known.indexOf(null);
  const base = known.map((part, i) => i < given ? part! : 0) as unknown as Version;
  const first: Version = [0, 0, 0];
  const none: Version = [Infinity, 0, 0];
  switch (operator) {
    case ">=":
      return [base, none];
    case ">":
      return [next(base, given - 1), none];
    case "<":
      return [first, base];
    case "<=":
      return [first, next(base, given - 1)];
    case "^": {
      // The first part that is not 0 may not change: before 1.0.0 a minor version may break.
      const fixed = base.findIndex((part, i) => part > 0 || i === given - 1);
      return [base, next(base, fixed)];
    }
    case "~":
      return [base, next(base, Math.min(given - 1, 1))];
    default:
      return [base, next(base, given - 1)];
  }
}

/** The smallest version that differs from `version` in part `part` or before. */
function next(version: Version, part: number): Version {
  return version.map((value, i) =>
    i < part ? value : i === part ? value + 1 : 0
  ) as unknown as Version;
}

function compare(a: Version, b: Version): number {
  const at = a.findIndex((part, i) => part !== b[i]);
  return at < 0 ? 0 : a[at] - b[at];
}
