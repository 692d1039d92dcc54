/** A progress bar on stderr, with rate and time left. */

/** A step of a job. */
export interface Progress {
  readonly step: number;
  readonly total: number;
  readonly message?: string;
  readonly metrics?: Readonly<Record<string, number>>;
  /** Images that a step goes through; the rate is then told in images. */
  readonly imagesPerStep?: number;
}

/**
 * One line about a job's progress, at most `width` characters. The rate counts from the first step seen, so that a resumed
 * job does not boast of earlier work. `elapsed` is the time since then, in s.
 *
 * @example
 * ```
 * ██████████░░░░░░░░░░ 50 %  500/1000  9.8/s  51 s left  loss 0.0123
 * ```
 */
export function progressLine(
  { step, total, message, metrics = {}, imagesPerStep }: Progress,
  firstStep: number,
  elapsed: number,
  width = 100,
): string {
  const share = total > 0 ? Math.min(1, Math.max(0, step / total)) : 0;
  const filled = Math.floor(share * 20);
  const rate = elapsed > 0 ? (step - firstStep) / elapsed : 0;
  const parts = [
    `${"█".repeat(filled)}${"░".repeat(20 - filled)} ${Math.floor(share * 100)} %`,
    `${step}/${total}`,
    rate > 0 ? pace(rate, imagesPerStep) : "",
    rate > 0 && step < total ? `${duration((total - step) / rate)} left` : "",
    ...Object.entries(metrics).map(([name, value]) => `${name} ${Number(value.toPrecision(4))}`),
    message ?? "",
  ];
  const line = parts.filter((part) => part).join("  ");
  return line.length > width ? `${line.slice(0, width - 1)}…` : line;
}

/** Steps per second in words, or images per second: `12/s`, `4.0 s/step`, `96 images/s`. */
function pace(rate: number, imagesPerStep?: number): string {
  const digits = (value: number) => value >= 10 ? Math.round(value) : value.toFixed(1);
  if (imagesPerStep !== undefined) return `${digits(rate * imagesPerStep)} images/s`;
  return rate >= 1 ? `${digits(rate)}/s` : `${(1 / rate).toPrecision(2)} s/step`;
}

/** Seconds in words: `51 s`, `3 min`, `2 h 5 min`. */
export function duration(seconds: number): string {
  if (seconds < 100) return `${Math.ceil(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 100 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Draws lines over each other on a terminal; elsewhere writes one every 10 s. */
export class ProgressBar {
  #stream: { writeSync(bytes: Uint8Array): number };
  #terminal: boolean;
  #now: () => number;
  #first?: { step: number; at: number };
  #drawn = -Infinity;
  #dirty = false;

  constructor(
    stream: { writeSync(bytes: Uint8Array): number; isTerminal(): boolean } = Deno.stderr,
    now: () => number = () => performance.now(),
  ) {
    this.#stream = stream;
    this.#terminal = stream.isTerminal();
    this.#now = now;
  }

  update(progress: Progress): void {
    const at = this.#now();
    // A task may count anew in its next phase.
    if (!this.#first || progress.step < this.#first.step) this.#first = { step: progress.step, at };
    const last = progress.step >= progress.total;
    if (at - this.#drawn < (this.#terminal ? 100 : 10_000) && !last) return;
    this.#drawn = at;
    const line = progressLine(progress, this.#first.step, (at - this.#first.at) / 1000, 110);
    this.#write(this.#terminal ? `\r\x1b[K${line}` : `${line}\n`);
    this.#dirty = this.#terminal;
  }

  /** Writes a line of text, below the bar. */
  note(text: string): void {
    this.end();
    this.#write(`${text}\n`);
  }

  /** Leaves the bar as it is and goes to the next line. */
  end(): void {
    if (this.#dirty) this.#write("\n");
    this.#dirty = false;
  }

  #write(text: string): void {
    const bytes = new TextEncoder().encode(text);
    for (let done = 0; done < bytes.length;) {
      done += this.#stream.writeSync(bytes.subarray(done));
    }
  }
}
