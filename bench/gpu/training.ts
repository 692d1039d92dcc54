/** Real trainings with the command line: knees at 64 px where they are at hand, the phantom otherwise; the weights stay in $OUT. */

import { RUN } from "./run.ts";
import { providerFlag, secondsFlag } from "./provider_flag.ts";

const rehearse = Deno.args.includes("--rehearse");
const provider = providerFlag();
const out = Deno.env.get("OUT") ?? "runs/gpu";
const luggage = Deno.env.get("LUGGAGE") ?? "luggage";
const data = Deno.env.get("COUNTERGRADE_DATA") ?? luggage;
const knees = await Deno.stat(`${data}/knee_kl_64.npz`).then(() => true, () => false);
const dataset = knees && !rehearse ? "knee_kl_64" : "vertebra";

/** How long it may take all in all, in seconds. */
const seconds = secondsFlag();
const start = performance.now();

/** The options of a training of so many steps. */
function flagsOf(steps: number): string[] {
  const batch = ["--steps", String(steps), "--batch-size", rehearse ? "8" : "64"];
  const tiny = ["--config", '{"multipliers":[1,1],"encoderMultipliers":[1,1],"unshuffle":4}'];
  return ["--preset", "tiny64", ...batch, ...rehearse ? tiny : []];
}

type Found = Record<string, string | number>;

/** Trains, and says how fast and where. */
async function train(name: string, steps: number): Promise<Found> {
  const file = `${out}/${name}.safetensors`;
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...[...RUN, "server/cli/main.ts", "train-encoder", "--json"],
      ...knees ? ["--data", data] : [],
      ...["--dataset", dataset, "--provider", provider, "--storage", "F16", "--seed", "1"],
      ...["--home", `${out}/home`, "--out", file, "--fresh", ...flagsOf(steps)],
    ],
    cwd: new URL("../..", import.meta.url),
    stderr: "piped",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (code) {
    return { name, dataset, failure: `${text(stdout)} ${text(stderr)}`.trim().slice(-400) };
  }
  const { steps: done, loss, imagesPerSecond, provider: ran } = JSON.parse(text(stdout));
  const bytes = (await Deno.stat(file)).size;
  return { name, dataset, provider: ran, steps: done, loss, imagesPerSecond, file, bytes };
}

// A short one says how many steps there is time for.
const found = [await train("tiny", rehearse ? 2 : 50)];
const elapsed = (performance.now() - start) / 1000;
const { imagesPerSecond } = found[0];
if (!rehearse && typeof imagesPerSecond === "number") {
  const steps = Math.floor(0.6 * (seconds - 2 * elapsed) * imagesPerSecond / 64);
  if (steps >= 100) found.push(await train("tiny64", Math.min(steps, 4000)));
}
console.log(JSON.stringify(found));
if (found.some(({ failure, provider: ran }) => failure || ran !== provider)) Deno.exit(1);
