/** What is published: the package alone, its types written down, a sentence at every public member. */

import { assert, assertEquals } from "@std/assert";
import { root, textOf } from "./source_files.ts";

async function deno(...args: string[]) {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: root,
    env: { NO_COLOR: "1" },
  }).output();
  return { code, told: new TextDecoder().decode(stderr) };
}

Deno.test("the package can be published as it is: without slow types, tests, benches and pictures", async () => {
  // Types are checked once for all files, elsewhere; that they are written down is looked at here.
  const { code, told } = await deno("publish", "--dry-run", "--allow-dirty", "--no-check");
  assertEquals(code, 0, told);
  const files = [...told.matchAll(/^ +file:\S+?\/([^ ]+) \([\d.]+\w+\)$/gm)].map(([line]) =>
    line.trim().slice(root.href.length).replace(/ \(.*/, "")
  );
  assert(files.length > 300, told);
  for (const file of ["mod.ts", "server/page/dist/page.js", "plugins/models/knee64/models.json"]) {
    assert(files.includes(file), file);
  }
  const odd = /^(deno_test|bench|docs|examples|\.ci)\/|\.(png|jpg|gif|svg)$/;
  assertEquals(files.filter((file) => odd.test(file)), ["server/page/icon.svg"]);
});

Deno.test("every public member says what it is, and names only types that are public", async () => {
  const { exports } = JSON.parse(await textOf("deno.json")) as { exports: Record<string, string> };
  const { code, told } = await deno("doc", "--lint", ...Object.values(exports));
  const found = [...told.matchAll(/^error\[(.*)\n *--> (.*)$/gm)].map(([, what, where]) =>
    `${where.split(root.pathname).at(-1)}: ${what}`
  );
  assertEquals(found, []);
  assertEquals(code, 0, told);
});
