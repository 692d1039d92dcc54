/** The processes of isolated plugins that a process has started, as Linux tells of them. */

/** Whether the system tells of its processes. */
export const canSeeProcesses = Deno.build.os === "linux";

/** Ids of the living processes of isolated plugins that `parent` has started. */
export function isolatedProcesses(parent: number = Deno.pid): number[] {
  const found: number[] = [];
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const [state, starter] = statusOf(Number(name));
      if (starter !== parent || state === "Z") continue;
      const command = Deno.readTextFileSync(`/proc/${name}/cmdline`);
      if (command.includes("isolation/process.ts")) found.push(Number(name));
    } catch {
      // It has just ended.
    }
  }
  return found;
}

/** Whether a process lives, or is dead and has not been taken leave of. */
export function isThere(pid: number): boolean {
  try {
    return statusOf(pid).length > 0;
  } catch {
    return false;
  }
}

function statusOf(pid: number): [state: string, parent: number] {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return [state, Number(parent)];
}
