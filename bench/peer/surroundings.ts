/** The head of every table: the command, the versions and the machine, without which figures mean nothing. */

import { cpus } from "node:os";
import { env } from "onnxruntime-node";

/** A load above which the machine counts as busy with other things. */
const BUSY = 0.5;

/** Prints what was run, where, and with what. `threads` is text where it is not one number for all. */
export function printSurroundings(threads: number | string, ...peers: string[]): void {
  const script = Deno.mainModule.split("/").at(-1)!.replace(/\.ts$/, "");
  const runtime = `onnxruntime-node ${env.versions.node}`;
  const [load] = Deno.loadavg();
  console.log(
    [
      `command:  ${["deno task bench", script, ...Deno.args].join(" ")}`,
      `date:     ${new Date().toISOString().slice(0, 10)}`,
      `versions: ${[`Deno ${Deno.version.deno}`, runtime, ...peers].join(", ")}`,
      `machine:  ${
        cpus()[0]?.model.trim()
      }, ${cpus().length} cores, ${Deno.build.os} ${Deno.build.arch}`,
      `threads:  ${threads}`,
      ...load > BUSY
        ? [
          `NOTE: the machine is busy (load ${
            load.toFixed(1)
          }): no figures for the record. several threads of PyTorch suffer more from it than ours, which flatters ratios`,
        ]
        : [],
      "",
    ].join("\n"),
  );
}
