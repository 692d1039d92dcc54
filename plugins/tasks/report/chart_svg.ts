/** Charts as SVG files: panels with axes, in colors that follow the reader's light or dark theme. */

/** The class of a mark: `first` and `second` are the two colors of data, `guide` is what would be expected. */
export type Tone = "first" | "second" | "guide";

/** From values to places; values outside are drawn where they belong, so choose `low` and `high` wide enough. */
export interface Axis {
  /** With its unit. */
  readonly label: string;
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly Tick[];
}

/** A value on an axis, with its name. */
export interface Tick {
  readonly at: number;
  readonly text: string;
}

/** A point in the units of the axes. */
export type Point = readonly [x: number, y: number];

/** What a panel shows. */
export type Mark =
  | { readonly line: readonly Point[]; readonly tone: Tone; readonly faint?: boolean }
  | {
    readonly dot: Point;
    readonly tone: Tone;
    readonly faint?: boolean;
    /** The ends of an error bar. */
    readonly from?: number;
    readonly to?: number;
  };

/** A chart of its own, beside others. */
export interface Panel {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly marks: readonly Mark[];
  /** Lines below the x axis. */
  readonly notes?: readonly string[];
}

const WIDTH = 440;
const PLOT = { left: 64, top: 40, width: 356, height: 300 };
/** From the plot's lower edge to the tick texts, the label and the first note. */
const BELOW = { tick: 18, label: 38, note: 58, line: 15, end: 8 };

/** Colors with a contrast of at least 4.5 on their paper. */
const STYLE = [
  ".paper{fill:#fff}.ink{fill:#1f2328}.soft{fill:#59636e}.grid{stroke:#e1e4e8}",
  ".first{fill:#1f6feb;stroke:#1f6feb}.second{fill:#b3372f;stroke:#b3372f}.guide{fill:#6e7781;stroke:#6e7781}",
  "@media (prefers-color-scheme:dark){.paper{fill:#0d1117}.ink{fill:#e6edf3}.soft{fill:#9198a1}.grid{stroke:#30363d}",
  ".first{fill:#6cb0f2;stroke:#6cb0f2}.second{fill:#ff8a7a;stroke:#ff8a7a}.guide{fill:#8b949e;stroke:#8b949e}}",
  "polyline{fill:none!important;stroke-width:2.5}polyline.faint{stroke-width:1}polyline.guide{stroke-dasharray:5 4;stroke-width:1.5}",
].join("");

/** An SVG of panels side by side. */
export function chart(title: string, panels: readonly Panel[]): string {
  const notes = Math.max(0, ...panels.map(({ notes }) => notes?.length ?? 0));
  const height = PLOT.top + PLOT.height + BELOW.note + notes * BELOW.line + BELOW.end;
  const width = WIDTH * panels.length;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
    `font-family="system-ui,sans-serif" font-size="12">`,
    `<title>${escaped(title)}</title>`,
    `<style>${STYLE}</style>`,
    `<rect width="${width}" height="${height}" class="paper"/>`,
    ...panels.flatMap((panel, i) => [
      `<g transform="translate(${i * WIDTH} 0)">`,
      ...drawn(panel),
      "</g>",
    ]),
    "</svg>\n",
  ].join("\n");
}

function drawn({ title, x, y, marks, notes = [] }: Panel): string[] {
  const bottom = PLOT.top + PLOT.height;
  const middle = PLOT.left + PLOT.width / 2;
  const right = PLOT.left + PLOT.width;
  const crowd = marks.filter(({ faint }) => faint).length;
  const opacity = rounded(Math.min(0.5, Math.max(0.1, Math.sqrt(8 / crowd))));
  const toX = (value: number) => rounded(PLOT.left + PLOT.width * share(x, value));
  const toY = (value: number) => rounded(bottom - PLOT.height * share(y, value));
  return [
    text(middle, 22, title, "ink", 'text-anchor="middle" font-weight="600"'),
    ...y.ticks.flatMap(({ at, text: name }) => [
      `<path d="M${PLOT.left} ${toY(at)}H${right}" class="grid"/>`,
      text(PLOT.left - 8, toY(at) + 4, name, "soft", 'text-anchor="end"'),
    ]),
    ...x.ticks.flatMap(({ at, text: name }) => [
      `<path d="M${toX(at)} ${bottom}v5" class="grid"/>`,
      text(toX(at), bottom + BELOW.tick, name, "soft", 'text-anchor="middle"'),
    ]),
    `<path d="M${PLOT.left} ${bottom}H${right}" class="grid"/>`,
    text(middle, bottom + BELOW.label, x.label, "ink", 'text-anchor="middle"'),
    `<text transform="translate(16 ${PLOT.top + PLOT.height / 2}) rotate(-90)" ` +
    `text-anchor="middle" class="ink">${escaped(y.label)}</text>`,
    ...notes.map((note, i) =>
      text(PLOT.left, bottom + BELOW.note + i * BELOW.line, note, "soft", 'font-size="11"')
    ),
    ...marks.map((mark) => drawnMark(mark, toX, toY, opacity)),
  ];
}

function drawnMark(
  mark: Mark,
  toX: (value: number) => number,
  toY: (value: number) => number,
  faintness: number,
): string {
  const style = mark.faint
    ? `class="${mark.tone} faint" opacity="${faintness}"`
    : `class="${mark.tone}"`;
  if ("line" in mark) {
    return `<polyline points="${
      mark.line.map(([x, y]) => `${toX(x)},${toY(y)}`).join(" ")
    }" ${style}/>`;
  }
  const { dot: [x, y], from, to } = mark;
  const bar = from === undefined || to === undefined
    ? ""
    : `<path d="M${toX(x)} ${toY(from)}V${toY(to)}" stroke-width="1.5" ${style}/>`;
  return `${bar}<circle cx="${toX(x)}" cy="${toY(y)}" r="${mark.faint ? 2.5 : 4}" ${style}/>`;
}

/** An axis around values with a tick at every whole number, or every few of many; `names` are those of whole numbers. */
export function gradeAxis(
  label: string,
  values: readonly number[],
  names: readonly string[] = [],
): Axis {
  const [lowest, highest] = rangeOf(values);
  const [low, high] = [lowest - PAD, highest + PAD];
  const every = Math.ceil((high - low) / 10);
  const first = Math.ceil(low);
  const ticks = Array.from({ length: Math.floor((high - first) / every) + 1 }, (_, i) => {
    const at = first + i * every;
    return { at, text: shortName(at, names[at]) };
  });
  return { label, low, high, ticks };
}

/** Grades beyond the outermost value. */
const PAD = 0.3;

/** The grade with its name, where it has a short one. */
function shortName(grade: number, name: string | undefined): string {
  const short = name !== undefined && name !== String(grade) && name.length <= 10;
  return short ? `${grade} ${name}` : String(grade);
}

/** The least and the greatest of many values. */
export function rangeOf(values: readonly number[]): [number, number] {
  return [
    values.reduce((a, b) => Math.min(a, b), Infinity),
    values.reduce((a, b) => Math.max(a, b), -Infinity),
  ];
}

/** An axis of shares, 0 to 1. */
export function shareAxis(label: string): Axis {
  const ticks = [0, 0.2, 0.4, 0.6, 0.8, 1].map((at) => ({ at, text: String(at) }));
  return { label, low: -0.03, high: 1.03, ticks };
}

/** An axis around values with about six round ticks. One value has room on both sides. */
export function numberAxis(label: string, values: readonly number[]): Axis {
  const [lowest, highest] = rangeOf(values);
  const range = highest - lowest || 1;
  const [low, high] = [lowest - 0.05 * range, highest + 0.05 * range];
  const rough = range / 6;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.ceil(low / step);
  const ticks = Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) => {
    const at = (first + i) * step;
    return { at, text: String(Number(at.toPrecision(4))) };
  });
  return { label, low, high, ticks };
}

/** How many lie behind each of some points, in few words: "60 to 62 frames per point". */
export function perPoint(what: string, counts: readonly number[]): string {
  const [low, high] = [Math.min(...counts), Math.max(...counts)];
  if (counts.length < 2 || low === high) return `${counts[0] ?? 0} ${what} per point`;
  if (high - low <= 2) return `${low} to ${high} ${what} per point`;
  return `${what} per point: ${counts.join(", ")}`;
}

/**
 * The 95 % interval of a share of `n` (Wilson 1927, Probable inference, the law of succession, and statistical inference).
 */
export function shareInterval(share: number, n: number): { from: number; to: number } {
  const z = 1.959964;
  const middle = (share + z * z / (2 * n)) / (1 + z * z / n);
  const half = z / (1 + z * z / n) * Math.sqrt(share * (1 - share) / n + z * z / (4 * n * n));
  return { from: Math.max(0, middle - half), to: Math.min(1, middle + half) };
}

function share({ low, high }: Axis, value: number): number {
  return (value - low) / (high - low);
}

function rounded(value: number): number {
  return Math.round(10 * value) / 10;
}

function text(x: number, y: number, content: string, tone: string, more: string): string {
  return `<text x="${x}" y="${y}" class="${tone}" ${more}>${escaped(content)}</text>`;
}

const ESCAPES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Text as it stands in an SVG. */
export function escaped(content: string): string {
  return content.replace(/[&<>"]/g, (c) => ESCAPES[c]);
}
