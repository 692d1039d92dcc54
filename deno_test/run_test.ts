/** The runner of all tests. */

import { assert, assertEquals } from "@std/assert";
import { withDeadline } from "./deadline.ts";
import { parts, summaryOf } from "./run.ts";
import { sourceFiles } from "./source_files.ts";

Deno.test("the last summary counts, with colors or without", () => {
  const printed = "a ... ok (1s)\nok | 3 passed | 0 failed (1s)\n\n" +
    "\x1b[0m\x1b[31mFAILED\x1b[0m | 41 passed (7 steps) | 2 failed | 1 ignored \x1b[38;5;245m(2m1s)\x1b[0m\n\nerror: Test failed\n";
  assertEquals(summaryOf(printed), { passed: 41, steps: 7, failed: 2, ignored: 1 });
  assertEquals(summaryOf("ok | 1 passed (1 step) | 0 failed (5ms)\n")?.steps, 1);
  assertEquals(summaryOf("error: Type checking failed\n"), undefined);
});

Deno.test("every file of tests runs in exactly one part, the longest part first, and types are checked once", async () => {
  const all = await parts();
  const seconds = all.map(({ seconds }) => seconds);
  assertEquals(seconds, seconds.toSorted((a, b) => b - a));
  const tests = (await sourceFiles(["_test.ts", "_test.tsx"]))
    .filter((file) => file.startsWith("deno_test/"));
  assertEquals(all.flatMap(({ files }) => files ?? []).sort(), tests);
  for (const { name, files } of all) assert(!files || files.length > 0, name);
  assert(
    all.find(({ files }) => files?.includes("deno_test/server/http/yoga_test.ts"))?.name
      .endsWith("http"),
  );
  assertEquals(all.filter(({ args }) => args[0] === "check").length, 1);
  assertEquals(all.filter(({ args }) => args.includes("--ignore=deno_test")).length, 1);
  const shuffled = (await parts(["--shuffle=7"])).filter(({ args }) => args[0] === "test");
  assert(shuffled.every(({ args }) => args.includes("--shuffle=7")));
  assertEquals(shuffled.length, all.length - 1);
});

Deno.test("a test gets a deadline however it is registered, unless it names its own", () => {
  const fn = () => {};
  assertEquals(withDeadline(["a", fn], 5), ["a", { timeout: 5 }, fn]);
  assertEquals(withDeadline([fn], 5), [{ timeout: 5 }, fn]);
  assertEquals(withDeadline([{ name: "a", fn }], 5), [{ timeout: 5, name: "a", fn }]);
  assertEquals(withDeadline(["a", fn], 5, 3), ["a", { timeout: 15 }, fn]);
  assertEquals(withDeadline(["a", { timeout: 9 }, fn], 5, 3), ["a", { timeout: 27 }, fn]);
  assertEquals(withDeadline(["a", { timeout: 9, ignore: true }, fn], 5), [
    "a",
    { timeout: 9, ignore: true },
    fn,
  ]);
});

Deno.test("a test that never ends fails with a sentence", async () => {
  const folder = await Deno.makeTempDir();
  const here = (path: string) => new URL(path, import.meta.url).href;
  await Deno.writeTextFile(
    `${folder}/endless_test.ts`,
    'Deno.test("loops", () => { for (;;); });\nDeno.test("waits", () => new Promise(() => setInterval(() => {}, 9)));\n' +
      'Deno.test("ends", () => {});\n',
  );
  await Deno.writeTextFile(
    `${folder}/short.ts`,
    `import { limitTests } from "${here("./deadline.ts")}";\nlimitTests(300, 1);\n`,
  );
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "--no-config", "--no-check", "--preload=short.ts", "endless_test.ts"],
    cwd: folder,
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder().decode(stdout);
  assertEquals(code, 1);
  assertEquals(text.match(/Test timed out after 300ms/g)?.length, 2, text);
  assertEquals(summaryOf(text), { passed: 1, steps: 0, failed: 2, ignored: 0 });
  await Deno.remove(folder, { recursive: true });
});
