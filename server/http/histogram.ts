/** How often a quantity lay in which range, as Prometheus counts it: each bucket holds all that is at most its bound. */

/** Upper bounds of buckets, in s. */
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

interface Series {
  /** One more than bounds: the last is for what is above them all. */
  readonly buckets: number[];
  sum: number;
}

/** A histogram with labels. Their values are from small sets, never from a client: each set of values is a series for good. */
export class Histogram {
  readonly #name: string;
  readonly #help: string;
  readonly #bounds: readonly number[];
  readonly #series = new Map<string, Series>();

  constructor(name: string, help: string, bounds: readonly number[] = BOUNDS) {
    this.#name = name;
    this.#help = help;
    this.#bounds = bounds;
  }

  observe(labels: Readonly<Record<string, string>>, value: number): void {
    const key = Object.entries(labels).map(([name, text]) => `${name}="${text}"`).join(",");
    let series = this.#series.get(key);
    if (!series) {
      series = { buckets: new Array(this.#bounds.length + 1).fill(0), sum: 0 };
      this.#series.set(key, series);
    }
    const at = this.#bounds.findIndex((bound) => value <= bound);
    series.buckets[at < 0 ? this.#bounds.length : at]++;
    series.sum += value;
  }

  /** In the text format. */
  lines(): string[] {
    const name = this.#name;
    const head = [`# HELP ${name} ${this.#help}`, `# TYPE ${name} histogram`];
    return head.concat([...this.#series].flatMap(([key, { buckets, sum }]) => {
      let count = 0;
      const rows = buckets.map((more, i) => {
        count += more;
        return `${name}_bucket{${key},le="${this.#bounds[i] ?? "+Inf"}"} ${count}`;
      });
      return [...rows, `${name}_sum{${key}} ${sum}`, `${name}_count{${key}} ${count}`];
    }));
  }
}
