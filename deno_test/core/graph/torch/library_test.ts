/** PyTorch's library that is absent, old or without a device is refused by name. */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ProviderError } from "@countergrade/countergrade";
import { Graph, Session, startOn } from "@countergrade/countergrade/engine";
import { libraryFolder, openTorch } from "../../../../core/graph/torch/library.ts";
import { torchFolder } from "../../../torch_folder.ts";

/** A folder like an installed PyTorch of a version, whose library is no library. */
async function fake(version: string): Promise<string> {
  const folder = await Deno.makeTempDir();
  await Deno.mkdir(`${folder}/lib`);
  await Deno.writeTextFile(`${folder}/version.py`, `__version__ = '${version}'\n`);
  const name =
    { windows: "torch_cpu.dll", darwin: "libtorch_cpu.dylib" }[Deno.build.os as "darwin"];
  await Deno.writeTextFile(`${folder}/lib/${name ?? "libtorch_cpu.so"}`, "no library");
  return folder;
}

Deno.test("without a library the error names the variable and what to install", () => {
  assertThrows(
    () => libraryFolder(undefined),
    ProviderError,
    "COUNTERGRADE_TORCH is not set: install PyTorch 2.13 or newer (pip install torch)",
  );
  assertThrows(() => libraryFolder("/nowhere"), ProviderError, "in /nowhere: expected the folder");
});

Deno.test("a library that is too old, without CUDA or damaged is named with version and folder", async () => {
  const [old, cpu] = [await fake("2.5.1+cu121"), await fake("2.13.0+cpu")];
  try {
    const tooOld = `PyTorch 2.5.1+cu121 in ${old}/lib is too old: install 2.13 or newer`;
    assertThrows(() => openTorch("cpu", old), ProviderError, tooOld);
    // The folder around, and that of the libraries, are the same installation.
    assertThrows(() => openTorch("cpu", `${old}/lib`), ProviderError, tooOld);
    assertThrows(() => openTorch("cuda", cpu), ProviderError, "is built without CUDA: install one");
    assertThrows(() => openTorch("cpu", cpu), ProviderError, "cannot be opened: ");
  } finally {
    await Deno.remove(old, { recursive: true });
    await Deno.remove(cpu, { recursive: true });
  }
});

Deno.test("who asks for torch gets it or an error, not the CPU in its place", async () => {
  const graph = new Graph();
  graph.output("y", graph.input("x", [2]));
  const compile = () => Session.compile(graph, { provider: "torch", library: "/nowhere" });
  await assertRejects(compile, ProviderError, "There is no");
  const warnings: string[] = [];
  const refused = new ProviderError("no device");
  const start = () => startOn("torch:mps", () => Promise.reject(refused), (w) => warnings.push(w));
  if (Deno.build.os !== "darwin") await assertRejects(start, ProviderError);
  assertEquals(warnings, []);
});

Deno.test({
  name:
    "a process with leave for the library's folder alone can compute, one without is told the flag",
  ignore: !torchFolder,
  fn: async () => {
    const folder = libraryFolder(torchFolder);
    const script = new URL("torch_script.ts", import.meta.url).pathname;
    const run = async (...flags: string[]) => {
      const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          "--no-check",
          "--allow-read",
          "--allow-env=COUNTERGRADE_TORCH",
          ...flags,
          script,
        ],
        env: { COUNTERGRADE_TORCH: torchFolder! },
      }).output();
      return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    };
    const [computed, left, failed] = (await run(`--allow-ffi=${folder}`)).split("\n");
    assertEquals(computed, "2,5,10");
    assert(Number(left) > 1.5, `a run leaves ${left} of its two tensors to the next one`);
    assert(failed.startsWith("torch ran out of memory, try a smaller batch: "), failed);
    const refused = await run("--no-prompt");
    assert(refused.includes(`start with --allow-ffi=${folder}`), refused);
  },
});
