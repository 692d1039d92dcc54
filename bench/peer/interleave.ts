/** Timing of two sides in one run, in turns, so that both meet the same moods of the machine. */

import process from "node:process";

/** Between two measurements, in ms: the thread pools of the side before spin on for a while and would take its cores. */
const PAUSE = 100;

/** Milliseconds of each round, by side. */
export interface Times {
  readonly ours: number[];
  readonly peer: number[];
}

/** Runs both sides once per round, the order changing from round to round. A side returns the ms that it took. */
export async function interleaved(
  rounds: number,
  sides: { ours: () => Promise<number>; peer: () => Promise<number> },
): Promise<Times> {
  const times: Times = { ours: [], peer: [] };
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 ? ["peer", "ours"] as const : ["ours", "peer"] as const;
    for (const side of order) {
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
      times[side].push(await sides[side]());
    }
  }
  return times;
}

/** The ms that a call takes. */
export async function timed(call: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await call();
  return performance.now() - start;
}

/** The ms of processor time that a call takes, in all threads of this process. */
export async function timedOnCpu(call: () => Promise<unknown>): Promise<number> {
  const start = process.cpuUsage();
  await call();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

/** The value below which a share of the values lies, interpolated between neighbors. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const low = Math.floor(at);
  const high = Math.ceil(at);
  return sorted[low] + (at - low) * (sorted[high] - sorted[low]);
}

/** The columns of a table that compare both sides: medians, their ratio, and how much the rounds differ. */
export function comparison({ ours, peer }: Times): Record<string, string | number> {
  const ratios = ours.map((time, i) => time / peer[i]);
  const [median, peerMedian] = [quantile(ours, 0.5), quantile(peer, 0.5)];
  return {
    "ours (ms)": rounded(median),
    "PyTorch (ms)": rounded(peerMedian),
    ratio: rounded(median / peerMedian),
    "ratio of rounds, quartiles": `${rounded(quantile(ratios, 0.25))} … ${
      rounded(quantile(ratios, 0.75))
    }`,
    rounds: ours.length,
  };
}

/** Three digits. */
export function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
