/** JPEG-LS (ITU-T T.87): lossless, or near it by a bound. */

import { LsBits } from "./ls_bits.ts";
import { LsContexts } from "./ls_contexts.ts";
import { lsParameters, lsRanges } from "./ls_parameters.ts";
import { type Scan, segmentsOf } from "./segments.ts";

/** By the index of a run: 2^J samples follow each other alike (A.2.1). */
const J = [
  ...[0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3],
  ...[4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13, 14, 15],
];

/** How the components of a scan follow each other. */
const BY_SAMPLE = 2;

/** A decoded picture. */
export interface LsPicture {
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  readonly components: number;
  /** `[height, width, component]`. */
  readonly data: Uint16Array;
}

/**
 * Decodes a picture.
 *
 * @throws {Error} When it is damaged, cut off, or has components of different size.
 */
export function decodeLs(bytes: Uint8Array): LsPicture {
  const { process, width, height, bits, components, scans, preset } = segmentsOf(bytes);
  if (process !== 55) throw new Error("it is no JPEG-LS");
  if (!(bits >= 2 && bits <= 16)) throw new Error(`samples of ${bits} bits are not read`);
  if (components.some(({ across, down }) => across !== 1 || down !== 1)) {
    throw new Error("components of different size are not read");
  }
  const data = new Uint16Array(width * height * components.length);
  for (const scan of scans) {
    if (scan.interval || scan.low) throw new Error("restarts and shifted samples are not read");
    const parameters = lsParameters(bits, scan.start, preset);
    const contexts = new LsContexts(parameters, lsRanges(parameters));
    const lines = new LineReader(new LsBits(scan.bytes), contexts, width, parameters.near);
    drawScan(scan, lines, { width, height, step: components.length }, data);
  }
  return { width, height, bits, components: components.length, data };
}

function drawScan(
  { components, interleave }: Scan,
  lines: LineReader,
  { width, height, step }: { width: number; height: number; step: number },
  data: Uint16Array,
): void {
  const states = components.map(() => new LineState(width));
  for (let y = 0; y < height; y++) {
    for (const state of states) state.next();
    if (interleave === BY_SAMPLE && states.length > 1) lines.readTogether(states);
    else for (const state of states) lines.read(state);
    states.forEach(({ line }, i) => {
      const at = y * width * step + components[i].place;
      for (let x = 0; x < width; x++) data[at + x * step] = line[x + 1];
    });
  }
}

/** A component's line and the one above, with a sample more at both ends. */
class LineState {
  line: Int32Array;
  above: Int32Array;
  run = 0;

  constructor(readonly width: number) {
    this.line = new Int32Array(width + 2);
    this.above = new Int32Array(width + 2);
  }

  next(): void {
    [this.line, this.above] = [this.above, this.line];
    this.above[this.width + 1] = this.above[this.width];
    this.line[0] = this.above[1];
  }
}

/** Reads lines. */
class LineReader {
  constructor(
    readonly bits: LsBits,
    readonly contexts: LsContexts,
    readonly width: number,
    readonly near: number,
  ) {}

  /** A line of one component. */
  read(state: LineState): void {
    const { line, above } = state;
    for (let x = 1; x <= this.width; x++) {
      if (this.#isEven(state, x)) {
        x += this.#run(state, [state], x);
        if (x > this.width) return;
        const [a, b] = [line[x - 1], above[x]];
        const type = Math.abs(a - b) <= this.near ? 1 : 0;
        line[x] = this.contexts.runEnd(this.bits, a, b, type, J[state.run]);
        if (state.run > 0) state.run--;
      } else {
        line[x] = this.contexts.regular(
          this.bits,
          line[x - 1],
          above[x],
          above[x - 1],
          above[x + 1],
        );
      }
    }
  }

  /** A line of several components, pixel by pixel: a run is one of all of them. */
  readTogether(states: readonly LineState[]): void {
    const [first] = states;
    for (let x = 1; x <= this.width; x++) {
      const isRun = states.every((state) => this.#isEven(state, x));
      if (isRun) {
        x += this.#run(first, states, x);
        if (x > this.width) return;
      }
      for (const { line, above } of states) {
        const [a, b] = [line[x - 1], above[x]];
        line[x] = isRun
          ? this.contexts.runEnd(this.bits, a, b, 0, J[first.run])
          : this.contexts.regular(this.bits, a, b, above[x - 1], above[x + 1]);
      }
      if (isRun && first.run > 0) first.run--;
    }
  }

  /** Whether the neighbors of a sample are alike. */
  #isEven({ line, above }: LineState, x: number): boolean {
    return Math.abs(above[x + 1] - above[x]) <= this.near &&
      Math.abs(above[x] - above[x - 1]) <= this.near &&
      Math.abs(above[x - 1] - line[x - 1]) <= this.near;
  }

  /** Samples as their left neighbor, until a run ends; how many (A.7.1). */
  #run(counter: LineState, states: readonly LineState[], start: number): number {
    let x = start;
    const repeat = (count: number) => {
      for (const { line } of states) line.fill(line[start - 1], x, x + count);
      x += count;
    };
    while (x <= this.width) {
      const whole = 1 << J[counter.run];
      const left = this.width + 1 - x;
      if (this.bits.bit() === 1) {
        repeat(Math.min(whole, left));
        if (whole <= left && counter.run < 31) counter.run++;
      } else {
        const count = this.bits.bits(J[counter.run]);
        if (count >= left) throw new Error("its pixels are damaged");
        repeat(count);
        break;
      }
    }
    return x - start;
  }
}
