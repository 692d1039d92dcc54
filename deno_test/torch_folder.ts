/** Where this machine has PyTorch, for tests of the executor that runs on its library. */

/** Folders that hold `torch/lib`, in the order of preference. */
async function* candidates(): AsyncGenerator<string> {
  const named = Deno.env.get("COUNTERGRADE_TORCH");
  if (named) yield named;
  for (const path of Deno.env.get("PYTHONPATH")?.split(":") ?? []) yield `${path}/torch`;
  yield "/usr/lib/python3/dist-packages/torch";
  for (const root of ["/usr/local/lib", "/usr/lib"]) {
    const versions = await Array.fromAsync(Deno.readDir(root)).catch(() => []);
    for (const { name } of versions.filter(({ name }) => name.startsWith("python3."))) {
      yield* [`${root}/${name}/site-packages/torch`, `${root}/${name}/dist-packages/torch`];
    }
  }
}

async function folder(): Promise<string | undefined> {
  for await (const path of candidates()) {
    const found = await Deno.stat(`${path}/lib`).then(() => true, () => false);
    if (found) return path;
  }
  return undefined;
}

/** The folder `torch` of a PyTorch that is installed, or undefined. */
export const torchFolder: string | undefined = await folder();
if (!torchFolder) {
  console.warn(
    "PyTorch is not installed, COUNTERGRADE_TORCH names no folder: its executor is skipped",
  );
}
