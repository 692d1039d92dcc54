/** Texts from outside as they may be shown: on one line, and in the order in which they are written. */

/**
 * What a text may not do to what is around it: control characters, breaks of lines, and marks that turn the direction of
 * reading, by which `\u202Egnp.exe` looks like a picture's name.
 */
const ACTING = /[\p{Cc}\p{Zl}\p{Zp}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF]/gu;

/**
 * A text without control and bidi characters, at most `length` letters of it.
 *
 * @example
 * ```ts
 * import { plainText } from "./plain_text.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(plainText("a\u0007\u202Egnp.exe\n"), "agnp.exe");
 * assertEquals(plainText("Müller 膝 👩‍🔬", 9), "Müller 膝 ");
 * ```
 */
export function plainText(text: string, length = 200): string {
  return [...text.replace(ACTING, "")].slice(0, length).join("");
}
