/** A new plugin's folder: it is whole, it works as it is, and it never replaces anything. */

import { InputError, StorageError } from "@countergrade/countergrade";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import {
  defaultFolder,
  type Kind,
  KINDS,
  memberName,
  packageName,
  scaffold,
} from "../../../server/scaffold/scaffold.ts";
import { root } from "../../source_files.ts";

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The longest name that there may be: lines grow with it. */
function longestName(kind: Kind): string {
  const name = `my-${kind}-${"x".repeat(36 - kind.length)}`;
  assertEquals(name.length, 40);
  return name;
}

async function deno(cwd: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd,
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assertEquals(code, 0, text);
  return text;
}

Deno.test("a new plugin of any kind passes the checks of its deno task ok, with no permission", {
  timeout: 120_000,
}, () =>
  withFolder(async (folder) => {
    const kinds = Object.keys(KINDS) as Kind[];
    assertEquals(kinds.length, 7);
    const packages = async (kind: Kind) =>
      Object.keys(JSON.parse(await Deno.readTextFile(`${folder}/${kind}/deno.lock`)).npm);
    for (const kind of kinds) {
      const files = await scaffold(kind, longestName(kind), `${folder}/${kind}`);
      assertEquals(files.map((file) => file.slice(folder.length + kind.length + 2)).sort(), [
        "LICENSE",
        "README.md",
        "deno.json",
        "deno.lock",
        "mod.ts",
        "mod_test.ts",
      ]);
      for (const file of files) {
        assert(!/template-?(plugin|scope)/i.test(await Deno.readTextFile(file)), file);
      }
      assert((await packages(kind)).length <= 15, `${kind}: ${await packages(kind)}`);
    }
    // One as its author would, the others at once: most of it is the type check of what all of them import.
    const [first, ...others] = kinds;
    const own = await deno(`${folder}/${first}`, "task", "ok");
    assert((await packages(first)).length <= 15, `${first}: ${await packages(first)}`);
    const config = ["--config", `${first}/deno.json`];
    await deno(folder, "lint", ...config, ...others);
    await deno(folder, "check", ...config, ...others);
    const all = own + await deno(folder, "test", "--no-check", ...config, ...others);
    for (const kind of kinds) {
      const ran = all.includes(`${kind} ${memberName(longestName(kind))}: `);
      assert(ran, `the suite of its family ran: ${kind}`);
    }
  }));

Deno.test("a new plugin is well formatted whatever the length of its name", () =>
  withFolder(async (folder) => {
    const kinds = Object.keys(KINDS) as Kind[];
    for (const kind of kinds) await scaffold(kind, "p", `${folder}/${kind}`);
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      // As their own configuration has it; this one call takes the place of one for each.
      args: ["fmt", "--check", "--line-width", "100", "--prose-wrap", "preserve", ...kinds],
      cwd: folder,
      env: { NO_COLOR: "1" },
    }).output();
    assertEquals([code, new TextDecoder().decode(stderr)], [
      0,
      `Checked ${4 * kinds.length} files\n`,
    ]);
  }));

Deno.test("a name is of small letters, digits and single dashes", () => {
  assertEquals(memberName("my-2nd-probe"), "my2ndProbe");
  for (
    const name of ["", "My", "my_probe", "-my", "my-", "my--probe", "2nd", "../my", "a".repeat(41)]
  ) {
    assertThrows(() => memberName(name), InputError, "small letters");
  }
});

Deno.test("a scope is the user's own at a registry, or a placeholder", () => {
  assertEquals(packageName("my-probe"), "@my-scope/my-probe");
  assertEquals(packageName("my-probe", "@my-lab"), "@my-lab/my-probe");
  for (const scope of ["", "x", "My", "my_lab", "@my-lab/x", "a".repeat(21)]) {
    assertThrows(() => packageName("my-probe", scope), InputError, "2 to 20");
  }
});

Deno.test("a new plugin could be published as it is, but for Countergrade itself", () =>
  withFolder(async (folder) => {
    await scaffold("metric", "my-metric", `${folder}/new`, "my-lab");
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["publish", "--dry-run", "--allow-dirty", "--no-check"],
      cwd: `${folder}/new`,
      env: { NO_COLOR: "1" },
    }).output();
    const text = new TextDecoder().decode(stderr);
    assertEquals(code, 0, text);
    assertStringIncludes(text, "Simulating publish of @my-lab/my-metric@0.1.0");
    assert(text.includes("/mod.ts (") && !text.includes("mod_test.ts"), text);
    const readme = await Deno.readTextFile(`${folder}/new/README.md`);
    assertStringIncludes(readme, "package is `@my-lab/my-metric`");
  }));

Deno.test("what is there already stays as it is, file or folder", () =>
  withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/full`);
    await Deno.writeTextFile(`${folder}/full/mod.ts`, "mine");
    await Deno.symlink("nowhere", `${folder}/link`);
    for (const there of ["full", "full/mod.ts", "link"]) {
      await assertRejects(
        () => scaffold("probe", "my-probe", `${folder}/${there}`),
        InputError,
        "there already",
      );
    }
    assertEquals(await Deno.readTextFile(`${folder}/full/mod.ts`), "mine");
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), ["full", "link"]);
  }));

Deno.test("a folder that cannot be written is said so, and nothing is left of it", () =>
  withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "");
    await assertRejects(
      () => scaffold("probe", "my-probe", `${folder}/file/new`),
      StorageError,
      "Cannot write",
    );
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["file"]);
    // No folder can be renamed to this.
    await assertRejects(() => scaffold("probe", "p", `${folder}/deep/.`), StorageError);
    assertEquals([...Deno.readDirSync(`${folder}/deep`)], []);
  }));

Deno.test("a new plugin goes into the working folder, or beside the checkout", () => {
  assertEquals(defaultFolder("my-probe", "/elsewhere"), "/elsewhere/my-probe");
  const beside = new URL("../my-probe", root).pathname;
  assertEquals(defaultFolder("my-probe", new URL("server", root).pathname), beside);
  assertEquals(defaultFolder("my-probe", new URL(".", root).pathname), beside);
});
