/** The faults that are put into a script: where, which, and where none. */

import { assert, assertEquals } from "@std/assert";
import { mutantsOf, withMutant } from "./mutants.ts";
import { testsOf, withoutTypes } from "./mutate.ts";
import { tokensOf } from "./tokens.ts";
import { textOf } from "../source_files.ts";

const faults = (code: string) =>
  mutantsOf(code).map((mutant) => withMutant(code, mutant).replaceAll(/\s+/g, " ").trim());

Deno.test("tokens are words, numbers, texts and signs; comments, patterns and templates are told apart", () => {
  const code =
    "const a = b / 2 / c; // d\n/* e */ f(/g\\/[/]h/gi, `i ${j + `k${1}` } l`, 'm\\'n', 0x1f, .5e-3)";
  assertEquals(
    tokensOf(code).map(({ kind, text }) => `${kind[0]}:${text}`),
    [
      ...["w:const", "w:a", "s:=", "w:b", "s:/", "n:2", "s:/", "w:c", "s:;"],
      ...["w:f", "s:(", "t:/g\\/[/]h/gi", "s:,", "t:`i ${", "w:j", "s:+", "t:`k${", "n:1", "t:}`"],
      ...["t:} l`", "s:,", "t:'m\\'n'", "s:,", "n:0x1f", "s:,", "n:.5e-3", "s:)"],
    ],
  );
});

const table: Record<string, [code: string, faults: string[]]> = {
  "operators": ["a = b <= c;", ["a = b < c;"]],
  "signs in front of a value": ["a = -b;", ["a = b;"]],
  "checks": ["if (a) b = c;", ["if (false) b = c;", "if (true) b = c;"]],
  "negations": ["a = !b;", ["a = b;"]],
  "names": ["a = Math.min(b);", ["a = Math.max(b);"]],
  "constants": ["a = [0, 12, 0.5];", ["a = [1, 12, 0.5];", "a = [0, 13, 0.5];", "a = [0, 12, 1];"]],
  "truths": ["a = true;", ["a = false;"]],
  "awaits": ["a = await b;", ["a = b;"]],
  "calls": ["{ a.b(c); }", ["{ ; }"]],
  "arguments": ["a = f(b[1, c], d);", ["a = f(b[2, c], d);", "a = f(d, b[1, c]);"].toReversed()],
  "what has no fault to offer": ["import { a } from 'b'; const c = (d, e) => e; f(g, h) { }", []],
};

for (const [what, [code, expected]] of Object.entries(table)) {
  Deno.test(`faults of ${what}`, () => assertEquals(faults(code).toSorted(), expected.toSorted()));
}

Deno.test("a fault names its line, also in a script with types", () => {
  const code = withoutTypes(
    "interface A {\n  b: number;\n}\nconst c = (d: A): boolean =>\n  d.b < 3;\n",
  );
  assertEquals(mutantsOf(code).map(({ line, what }) => [line, what]), [[5, "< → <="], [
    5,
    "3 → 4",
  ]]);
});

Deno.test("every script of the core can be taken apart, and has faults that keep it a script", async () => {
  for (const file of ["core/linear/penalty.ts", "core/formats/zip.ts", "server/http/yoga.ts"]) {
    const code = withoutTypes(await textOf(file));
    const mutants = mutantsOf(code);
    assert(mutants.length > 30, `${file}: ${mutants.length}`);
    for (const mutant of mutants) {
      // What cannot even be read would be noticed without any test.
      withoutTypes(withMutant(code, mutant));
    }
  }
});

Deno.test("the tests of a file are those at its place and those that import it, else those of its room", async () => {
  assertEquals(await testsOf("core/jobs/pace.ts"), ["deno_test/core/jobs/pace_test.ts"]);
  assert((await testsOf("core/dataset.ts")).includes("deno_test/core/dataset_test.ts"));
  const room = await testsOf("plugins/metrics/sparsity.ts");
  assertEquals(room, ["deno_test/plugins/metrics/metrics_test.ts"]);
});
