/** Real trainings with the command line: knees at 64 px where they are at hand, the phantom otherwise; the weights stay in $OUT. */

import { RUN } from "./run.ts";
import { providerFlag } from "./provider_flag.ts";

const rehearse = Deno.args.includes("--rehearse");
const provider = providerFlag();
const out = Deno.env.get("OUT") ?? "runs/gpu";
const luggage = Deno.env.get("LUGGAGE") ?? "luggage";
const data = Deno.env.get("COUNTERGRADE_DATA") ?? luggage;
const knees = await Deno.stat(`${data}/knee_kl_64.npz`).then(() => true, () => false);
const dataset = knees && !rehearse ? "knee_kl_64" : "vertebra";

/** What is trained: the flags of train-encoder. */
const RUNS: Record<string, string[]> = rehearse
  ? {
    "tiny, a rehearsal": [
      ...["--preset", "tiny64", "--steps", "2", "--batch-size", "8"],
      ...["--config", '{"multipliers":[1,1],"encoderMultipliers":[1,1],"unshuffle":4}'],
    ],
  }
  : {
    tiny64: ["--preset", "tiny64", "--steps", "4000", "--batch-size", "16"],
    small64: ["--preset", "small64", "--steps", "8000", "--batch-size", "32"],
  };

const found: Record<string, string | number>[] = [];
for (const [name, flags] of Object.entries(RUNS)) {
  const file = `${out}/${name.split(",")[0]}.safetensors`;
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...[...RUN, "server/cli/main.ts", "train-encoder", "--json"],
      ...knees ? ["--data", data] : [],
      ...["--dataset", dataset, "--provider", provider, "--storage", "F16", "--seed", "1"],
      ...["--home", `${out}/home`, "--out", file, "--fresh", ...flags],
    ],
    cwd: new URL("../..", import.meta.url),
    stderr: "piped",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (code) {
    const failure = `${text(stdout)} ${text(stderr)}`.trim().slice(-400);
    found.push({ name, dataset, failure });
    continue;
  }
  const { steps, loss, imagesPerSecond, provider: ran } = JSON.parse(text(stdout));
  const bytes = (await Deno.stat(file)).size;
  found.push({ name, dataset, provider: ran, steps, loss, imagesPerSecond, file, bytes });
  console.log(JSON.stringify(found.at(-1)));
}
console.log(JSON.stringify(found));
if (found.some(({ failure, provider: ran }) => failure || ran !== provider)) Deno.exit(1);
