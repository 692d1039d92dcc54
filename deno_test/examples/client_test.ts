/** The client in Python, where there is one: a picture and an image of a data set, through broken connections. */

import { pngChunks } from "../../core/formats/png/chunks.ts";
import { decode } from "../../core/formats/png/png.ts";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { breakLine, DISC, withDiscServer } from "./disc_server.ts";

const PYTHON = await firstThatRuns(["python3", "python"]);
if (PYTHON === undefined) console.log("There is no Python 3: its client is not tested");

async function firstThatRuns(names: readonly string[]): Promise<string | undefined> {
  for (const name of names) {
    const asked = new Deno.Command(name, {
      args: ["-c", "import sys; assert sys.version_info[0] == 3"],
    });
    if ((await asked.output().catch(() => undefined))?.success) return name;
  }
}

async function client(...args: string[]) {
  const file = new URL("../../examples/client.py", import.meta.url);
  const { code, stdout, stderr } = await new Deno.Command(PYTHON!, {
    args: [decodeURIComponent(file.pathname), ...args],
    env: { PYTHONIOENCODING: "utf-8", PYTHONDONTWRITEBYTECODE: "1" },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), error: text(stderr) };
}

Deno.test({
  name:
    "the Python client uploads a picture, follows its path through broken connections, and saves it",
  ignore: PYTHON === undefined,
  fn: () =>
    withDiscServer(async (url, folder) => {
      await using line = breakLine(url);
      await Deno.writeFile(`${folder}/disc.png`, DISC);
      const { code, out, error } = await client(
        line.url,
        "--image",
        `${folder}/disc.png`,
        "--out",
        `${folder}/own`,
      );
      assertEquals([code, error], [0, ""]);
      assertEquals(line.breaks, 3);
      const steps = out.split("\n").filter((text) => / of /.test(text));
      assertEquals(new Set(steps).size, steps.length, "no event came twice");
      assertStringIncludes(out, "RGB to gray by BT.601");
      assertEquals(out.match(/^grade /gm)?.length, 3);
      for (const name of ["frame-0.png", "frame-1.png", "frame-2.png"]) {
        assertEquals(decode(await Deno.readFile(`${folder}/own/${name}`)).width, 16);
      }
      const animation = pngChunks(await Deno.readFile(`${folder}/own/animation.png`));
      assert(animation.some(({ type }) => type === "acTL"));
      assert("own" in JSON.parse(await Deno.readTextFile(`${folder}/own/path.json`)));

      const indexed = await client(url, "--index", "2", "--out", `${folder}/indexed`);
      assertEquals([indexed.code, indexed.error], [0, ""]);
      assertEquals(JSON.parse(await Deno.readTextFile(`${folder}/indexed/path.json`)).index, 2);

      await Deno.writeTextFile(`${folder}/disc.png`, "no picture");
      const wrong = await client(url, "--image", `${folder}/disc.png`);
      assertEquals(wrong.code, 1);
      assertStringIncludes(wrong.error, "expected PNG, JPEG");
      const missing = await client(url, "--index", "-1");
      assertStringIncludes(missing.error, "index");
    }),
});
