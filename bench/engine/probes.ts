/** Fits of probes against scikit-learn and statsmodels: same codes, same objective, in turns; and the memory of a large fit. */

import { parseArgs } from "node:util";
import {
  type Codes,
  Host,
  type Probe,
  type ProbePlugin,
  probes,
  Random,
  tensor,
} from "@countergrade/countergrade";
import { npyTensor, openNpz, writeNpz } from "@countergrade/countergrade/formats";
import { standardization } from "@countergrade/countergrade/linear";
import { linearSvmProbe } from "../../plugins/probes/linear_svm.ts";
import { logisticProbe } from "../../plugins/probes/logistic.ts";
import { ordinalProbe } from "../../plugins/probes/ordinal.ts";
import { ridgeProbe } from "../../plugins/probes/ridge.ts";
import { interleaved, quantile, rounded, timed } from "../peer/interleave.ts";
import { printSurroundings } from "../peer/surroundings.ts";

const { values: flags } = parseArgs({
  args: Deno.args,
  options: {
    /** An .npz with train_latents and train_labels, instead of drawn codes. */
    latents: { type: "string" },
    python: { type: "string", default: "python3" },
    rounds: { type: "string", default: "5" },
    /** Only the fits of this name. */
    only: { type: "string", default: "" },
    /** How many codes are drawn. */
    rows: { type: "string", default: "1080" },
    /** Instead: fit 100,000 codes of 512 numbers, without a peer. */
    large: { type: "boolean", default: false },
  },
});

/** What is fitted: our probe's name, the peer's, and the options that make both the same. */
const CASES = [
  { probe: "logistic", fit: "logistic", space: "raw", c: 1 },
  { probe: "logistic", fit: "logistic", space: "standardized", c: 0.01 },
  { probe: "logistic", fit: "logistic", space: "standardized", c: 1 },
  { probe: "logistic", fit: "multinomial", space: "standardized", c: 0.01 },
  { probe: "svm", fit: "svm", space: "raw", c: 1 },
  { probe: "svm", fit: "svm", space: "standardized", c: 0.01 },
  { probe: "svm", fit: "svm", space: "standardized", c: 1 },
  { probe: "ridge", fit: "ridge", space: "standardized", c: 1 },
  { probe: "ordinal", fit: "ordinal", space: "standardized", c: Infinity, columns: 16 },
] as const;
type Case = typeof CASES[number];

await using host = await Host.boot([logisticProbe, linearSvmProbe, ordinalProbe, ridgeProbe]);

/** Correlated codes, of which a few hidden directions tell the grade. */
function drawn(n: number, d: number): { codes: Codes; labels: Int32Array } {
  const random = new Random("bench probes");
  const hidden = 24;
  const mixing = random.normals(hidden * d);
  const data = new Float32Array(n * d);
  const labels = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    const factors = random.normals(hidden);
    for (let j = 0; j < d; j++) {
      let sum = 0.5 * random.normal();
      for (let k = 0; k < hidden; k++) sum += factors[k] * mixing[k * d + j] / Math.sqrt(hidden);
      data[i * d + j] = sum;
    }
    const severity = factors[0] + 0.5 * factors[1] + 0.8 * random.normal();
    labels[i] = severity < -0.3 ? 0 : severity < 0.3 ? 1 : severity < 1 ? 2 : 3;
  }
  return { codes: tensor([n, d], data), labels };
}

async function load(path: string): Promise<{ codes: Codes; labels: Int32Array }> {
  const file = openNpz(await Deno.readFile(path));
  return {
    codes: npyTensor(file.get("train_latents")),
    labels: Int32Array.from(file.get("train_labels").data as ArrayLike<number>, Number),
  };
}

function fit({ probe, fit, space, c }: Case, codes: Codes, labels: Int32Array): Promise<Probe> {
  const member = host.member(probes, probe) as ProbePlugin;
  const penalty = probe === "ridge" || probe === "ordinal" ? { lambda: 1 / c } : { c };
  const names = Array.from({ length: Math.max(...labels) + 1 }, (_, k) => String(k));
  return member.fit(
    codes,
    labels,
    member.options.parse({ ...penalty, standardize: space === "standardized" }),
    {
      scale: { type: fit === "multinomial" ? "nominal" : "ordinal", names },
      threshold: 1,
      random: new Random(1),
    },
  );
}

/** 1 − cosine of our direction and the peer's, in standardized space: both sides must have fitted the same. */
function difference(probe: Probe, coef: number[], raw: boolean, codes: Codes): number {
  const { normal, weights } = probe.toJSON().parameters as {
    normal?: number[];
    weights?: number[][];
  };
  const { sigma } = standardization(codes);
  const ours = normal ?? weights!.flat();
  const theirs = coef.map((w, j) => raw ? w * sigma[j % sigma.length] : w);
  const inner = ours.reduce((sum, w, j) => sum + w * theirs[j], 0);
  return 1 - inner / (Math.hypot(...ours) * Math.hypot(...theirs));
}

async function* lines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of stream) {
    const parts = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = parts.pop()!;
    yield* parts;
  }
}

async function compare(set: { codes: Codes; labels: Int32Array }): Promise<void> {
  const path = await Deno.makeTempFile({ suffix: ".npz" });
  await Deno.writeFile(path, writeNpz(set));
  const peer = new Deno.Command(flags.python, {
    args: [new URL("../peer/probes_peer.py", import.meta.url).pathname, path],
    env: { OPENBLAS_NUM_THREADS: "2", OMP_NUM_THREADS: "2" },
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = peer.stdin.getWriter();
  const answers = lines(peer.stdout);
  try {
    const { value: hello, done } = await answers.next();
    if (done) {
      console.log(
        "Skipped: scikit-learn cannot be imported; name a Python with --python",
      );
      return;
    }
    const { title, fits }: { title: string; fits: string[] } = JSON.parse(hello);
    printSurroundings("1 (ours), 2 (peer)", title);
    const [n, d] = set.codes.shape;
    const table: Record<string, string | number>[] = [];
    for (const one of CASES.filter(({ fit }) => fit.includes(flags.only))) {
      if (!fits.includes(one.fit)) {
        console.log(`${one.fit}: skipped, statsmodels cannot be imported`);
        continue;
      }
      const columns = "columns" in one ? one.columns : d;
      const codes = columns === d ? set.codes : tensor(
        [n, columns],
        set.codes.data.filter((_, k) => k % d < columns),
      );
      const ask = async (): Promise<{ ms: number; coef: number[] }> => {
        const { fit, space, c } = one;
        const command = { fit, space, columns, c: Number.isFinite(c) ? c : 0 };
        await writer.write(new TextEncoder().encode(JSON.stringify(command) + "\n"));
        const { value, done } = await answers.next();
        if (done) throw new Error(`The peer ended at ${one.fit}`);
        return JSON.parse(value);
      };
      const away = difference(
        await fit(one, codes, set.labels),
        (await ask()).coef,
        one.space === "raw",
        codes,
      );
      if (!(away < 1e-3)) {
        throw new Error(`${one.fit}: the directions differ, 1 − cosine is ${away}`);
      }
      const { ours, peer } = await interleaved(Number(flags.rounds), {
        ours: () => timed(() => fit(one, codes, set.labels)),
        peer: async () => (await ask()).ms,
      });
      const [a, b] = [quantile(ours, 0.5), quantile(peer, 0.5)];
      table.push({
        fit: one.fit,
        codes: `${n} × ${columns}, ${one.space}`,
        C: one.c,
        "ours (ms)": rounded(a),
        "peer (ms)": rounded(b),
        ratio: rounded(a / b),
        "1 − cosine": away.toExponential(1),
      });
      console.log(`${one.fit}, ${one.space}, C = ${one.c}: ratio ${rounded(a / b)}`);
    }
    console.table(table);
    console.log(
      "Medians of rounds in which both sides take turns. svm: both with probabilities from five folds. ordinal: no penalty.",
    );
  } finally {
    await writer.close().catch(() => {});
    await peer.status;
    await Deno.remove(path);
  }
}

async function large(): Promise<void> {
  const [n, d] = [100_000, 512];
  const set = drawn(n, d);
  for (const one of [CASES[1], CASES[7], { ...CASES[8], c: 0.01 as never }, CASES[5]]) {
    // Linux forgets the peak so far; elsewhere it is that of the process.
    await Deno.writeTextFile("/proc/self/clear_refs", "5").catch(() => {});
    const ms = await timed(() => fit(one, set.codes, set.labels));
    const status = await Deno.readTextFile("/proc/self/status").catch(() => "");
    const peak = Number(status.match(/VmHWM:\s+(\d+)/)?.[1] ?? NaN) / 1024;
    console.log(
      `${one.probe}, ${n} × ${d}: ${rounded(ms / 1000)} s; peak memory of the process ${
        rounded(peak)
      } MB, of which codes ${rounded(4 * n * d / 2 ** 20)} MB`,
    );
  }
}

if (flags.large) await large();
else await compare(flags.latents ? await load(flags.latents) : drawn(Number(flags.rows), 512));
