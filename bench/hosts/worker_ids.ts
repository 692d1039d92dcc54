/** The worker processes that this process has started. */

/** Their ids. */
export async function workerIds(): Promise<number[]> {
  const ids: number[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const read = (file: string) => Deno.readTextFile(`/proc/${name}/${file}`).catch(() => "");
    const [line, stat] = [await read("cmdline"), await read("stat")];
    const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
    if (line.includes("worker_process.ts") && parent === Deno.pid) ids.push(Number(name));
  }
  return ids;
}
