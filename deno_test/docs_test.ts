/** The documents: their commands run, their links lead somewhere, and they agree with the code. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { stub } from "@std/testing/mock";
import { argumentsOf, commandsIn, countergrade } from "./document_commands.ts";
import { printed } from "./server/cli/printed.ts";
import { root, sourceFiles, textOf } from "./source_files.ts";

const readme = await textOf("README.md");

/** README and the pages of docs/; the first probe has a test of its own, which runs its commands one after the other. */
const pages = await Promise.all(
  ["README.md", ...await sourceFiles([".md"], "docs/")]
    .filter((path) => path !== "docs/first_probe.md").map(textOf),
);

/** An example's folder of data, which is not here, becomes one that is. */
function existing(word: string, index: number, args: readonly string[]): string {
  return args[index - 1] === "--data" ? "examples" : word;
}

Deno.test("every task command in the documents is one of deno.json", async () => {
  const { tasks } = JSON.parse(await textOf("deno.json"));
  for (const path of await sourceFiles([".md"])) {
    for (const [, name] of (await textOf(path)).matchAll(/deno(?:@[\d.]+)? task ([a-z]+)/g)) {
      assert(name in tasks, `${path} speaks of the task ${name}`);
    }
  }
});

Deno.test("continuous integration runs the README's test command", async () => {
  const command = "npx --yes deno@2.9.6 task test";
  assert(commandsIn(readme).includes(command));
  assertStringIncludes(await textOf(".ci/run"), `\n${command} `);
});

Deno.test("the README names every package with its license", async () => {
  const [, licenses] = readme.split("## Licenses");
  for (const file of ["deno.json", "deno_test/deno.json", "examples/deno.json"]) {
    const { imports } = JSON.parse(await textOf(file)) as { imports: Record<string, string> };
    for (const [, name] of Object.values(imports).join("\n").matchAll(/^npm:(@?[^@]+)@/gm)) {
      assert(licenses.includes(name), `${name} is missing`);
    }
  }
});

Deno.test("links between files lead to files", async () => {
  for (const path of await sourceFiles([".md"])) {
    for (const [, link] of (await textOf(path)).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)) {
      if (/^[a-z]+:/.test(link)) continue;
      const target = new URL(link, new URL(path, root));
      assert(await Deno.stat(target).catch(() => undefined), `${path} links to ${link}`);
    }
  }
});

Deno.test("the README is read in five minutes, and the index names every page", async () => {
  assert(readme.split("\n").length <= 200);
  const index = await textOf("docs/README.md");
  for (const path of await sourceFiles([".md"], "docs/")) {
    const link = path.slice("docs/".length);
    if (!link.includes("/") && link !== "README.md") assertStringIncludes(index, `(${link})`);
  }
});

Deno.test("the command line knows every command and flag of the documents", async (t) => {
  const lines = new Set(pages.flatMap(commandsIn));
  const commands = [...lines].map(argumentsOf).filter((args) => args !== undefined);
  assert(commands.length > 20);
  for (const args of commands) {
    await t.step(args.slice(0, 6).join(" "), async () => {
      using complaints = stub(console, "error");
      const { code, text } = await printed([...args.map(existing), "--help"]);
      assertEquals([code, complaints.calls], [0, []]);
      assertStringIncludes(text, "Usage: countergrade");
    });
  }
});

Deno.test("the task of the command line has the permissions that its help needs", async () => {
  const { code, stdout, stderr } = await countergrade(["train-encoder", "--help"]);
  assertEquals([code, stderr], [0, ""]);
  assertStringIncludes(stdout, "Usage: countergrade train-encoder");
});

Deno.test({
  name: "deno task start serves the page with the permissions that it has, and ends in order",
  ignore: Deno.build.os === "windows",
  async fn() {
    const home = await Deno.makeTempDir();
    // The task's own command, without `deno task` between this process and the server.
    const { tasks } = JSON.parse(await textOf("deno.json"));
    const command = tasks.start.command.replace(/"(.*)\$\(.*\)"/, `$1${Deno.execPath()}`);
    const [, ...args] = command.split(" ");
    const server = new Deno.Command(Deno.execPath(), {
      args: [...args, "--port", "0", "--home", `${home}/h`],
      cwd: root,
      stdout: "piped",
      stderr: "null",
    }).spawn();
    try {
      let text = "";
      const reader = server.stdout.pipeThrough(new TextDecoderStream()).getReader();
      while (!text.includes("\n")) {
        const { value, done } = await reader.read();
        assert(!done, `the server ended early: ${text}`);
        text += value;
      }
      const [url] = /http:\/\/\S+/.exec(text)!;
      const page = await fetch(url);
      assertStringIncludes(await page.text(), "<html");
      server.kill("SIGTERM");
      assertEquals((await server.status).code, 0);
      await reader.cancel();
    } finally {
      try {
        server.kill("SIGKILL");
      } catch {
        // It has ended, as it should.
      }
      await Deno.remove(home, { recursive: true });
    }
  },
});
