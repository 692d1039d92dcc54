/** Texts from outside, as they may be shown. */

import { assertEquals } from "@std/assert";
import { plainText } from "../../core/plain_text.ts";

Deno.test("a text loses what acts on what is around it, and keeps all scripts", () => {
  for (const mark of ["\0", "\x1b", "\x7f", "\x9b", "\n", "\u2028", "\u2029", "\u061c", "\u200f"]) {
    assertEquals(plainText(`a${mark}b`), "ab", JSON.stringify(mark));
  }
  for (let code = 0x202a; code <= 0x202e; code++) {
    assertEquals(plainText(String.fromCodePoint(code, 65, code)), "A");
  }
  for (const kept of ["Müller", "膝の画像", "ركبة", "می‌خواهم", "👩‍🔬.png", "a b"]) {
    assertEquals(plainText(kept), kept);
  }
});

Deno.test("a text is cut between letters, not within one", () => {
  assertEquals(plainText("👩👩👩", 2), "👩👩");
  assertEquals(plainText("x".repeat(300)).length, 200);
});
