/** An audit as one page: a sentence on top, pictures of both ends, and a line with a bar for every attribute. */

import type { Images } from "@countergrade/countergrade";
import { escaped } from "../report/escaped.ts";
import { pngData } from "../report/png_data.ts";
import type { AuditedPath } from "./audited_paths.ts";
import { type Finding, LEANS, nameOf } from "./findings.ts";

const WIDTH = 960;
const MARGIN = 28;
const PICTURE = 104;
const GAP = 10;
/** From one picture to the next, px: the widest heading fits. */
const STEP = 140;
const LINE = 18;
/** Room of one attribute. */
const ROW = 62;
const BAR = { left: 700, width: 180, height: 12 };
/** Images that are shown. */
const SHOWN = 3;
/** Letters to a line of a sentence. */
const LETTERS = 104;

/** Colors with a contrast of at least 4.5 on their paper. */
const STYLE = [
  "text{font:13px system-ui,sans-serif;fill:#1f2328}.title{font-size:22px;font-weight:600}",
  ".head{font-weight:600}.soft{fill:#59636e;font-size:12px}.paper{fill:#fff}image{image-rendering:pixelated}",
  ".bar{fill:#d0d7de}.clear{fill:#1a7f37}.disease{fill:#1f6feb}.exaggerated{fill:#9a6700}.shortcut{fill:#b3372f}",
  ".mark{stroke:#1f2328;stroke-width:1.5;stroke-dasharray:3 3}",
  "@media (prefers-color-scheme:dark){text{fill:#e6edf3}.soft{fill:#9198a1}.paper{fill:#0d1117}.bar{fill:#30363d}",
  ".clear{fill:#3fb950}.disease{fill:#6cb0f2}.exaggerated{fill:#d29922}.shortcut{fill:#ff8a7a}.mark{stroke:#e6edf3}}",
].join("");

const BADGES = {
  shortcut: "leans on it",
  exaggerated: "exaggerated",
  disease: "the disease",
  clear: "clear",
} as const;

/** What the page tells. */
export interface AuditPage {
  readonly title: string;
  /** The whole in one sentence. */
  readonly summary: string;
  /** How many images, how it was measured. */
  readonly facts: string;
  readonly findings: readonly Finding[];
  readonly paths: readonly AuditedPath[];
  /** Names of the attributes, in the order of each path's pictures. */
  readonly names: readonly string[];
}

/** The page as an SVG with its pictures inside. */
export function auditSvg({ title, summary, facts, findings, paths, names }: AuditPage): string {
  const parts: string[] = [];
  let y = MARGIN + 14;
  const say = (words: string, x: number, looks = "") =>
    parts.push(`<text${looks && ` class="${looks}"`} x="${x}" y="${y}">${escaped(words)}</text>`);
  say(title, MARGIN, "title");
  y += 12;
  for (const line of wrapped(summary, LETTERS)) {
    y += LINE;
    say(line, MARGIN, "head");
  }
  for (const line of wrapped(facts, LETTERS)) {
    y += LINE;
    say(line, MARGIN, "soft");
  }
  y += 2 * LINE;
  const suspect = findings.find(({ verdict }) => verdict === "shortcut") ??
    findings.find(({ verdict }) => verdict === "exaggerated");
  const held = suspect ? names.indexOf(suspect.attribute) : -1;
  const columns = [
    { head: "image", of: (path: AuditedPath) => path.image },
    { head: "mildest", of: (path: AuditedPath) => path.plain.mild },
    { head: "most severe", of: (path: AuditedPath) => path.plain.severe },
    ...held < 0 ? [] : [
      { head: "mildest, held", of: (path: AuditedPath) => path.without[held].mild },
      { head: "most severe, held", of: (path: AuditedPath) => path.without[held].severe },
    ],
  ];
  columns.forEach(({ head }, i) => say(head, MARGIN + i * STEP, "head"));
  if (suspect) {
    say(
      `held: ${nameOf(suspect.attribute)}`,
      MARGIN + columns.length * STEP,
      "soft",
    );
  }
  y += 8;
  for (const path of paths.slice(0, SHOWN)) {
    columns.forEach(({ of }, i) => parts.push(picture(of(path), MARGIN + i * STEP, y)));
    y += PICTURE + GAP;
  }
  y += LINE;
  say("Attribute", MARGIN, "head");
  say("share of the effect that goes when it is held", BAR.left - 62, "soft");
  const top = y + 6;
  for (const finding of findings) {
    y += LINE + 8;
    parts.push(barOf(finding, y - 10));
    say(nameOf(finding.attribute), MARGIN, "head");
    say(BADGES[finding.verdict], MARGIN + 130, finding.verdict);
    const lines = wrapped(finding.sentence.slice(finding.sentence.indexOf(": ") + 2), 88);
    for (const line of lines) {
      y += LINE - 2;
      say(line, MARGIN, "soft");
    }
    y += Math.max(0, ROW - (lines.length + 2) * LINE);
  }
  const mark = BAR.left + LEANS * BAR.width;
  parts.push(`<line class="mark" x1="${mark}" x2="${mark}" y1="${top}" y2="${y}"/>`);
  const height = y + MARGIN;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}">`,
    `<title>${escaped(title)}</title>`,
    `<style>${STYLE}</style><rect class="paper" width="100%" height="100%"/>`,
    ...parts,
    "</svg>\n",
  ].join("\n");
}

function barOf({ share, verdict }: Finding, y: number): string {
  const { left, width, height } = BAR;
  const part = Math.min(1, Math.max(0, share));
  return `<rect class="bar" x="${left}" y="${y}" width="${width}" height="${height}" rx="3"/>` +
    `<rect class="${verdict}" x="${left}" y="${y}" width="${
      (part * width).toFixed(1)
    }" height="${height}" rx="3"/>` +
    `<text x="${left + width + 10}" y="${y + height - 1}">${Math.round(100 * part)} %</text>`;
}

function picture(image: Images, x: number, y: number): string {
  return `<image x="${x}" y="${y}" width="${PICTURE}" height="${PICTURE}" href="${
    pngData(image)
  }"/>`;
}

/** Words in lines of at most so many letters. */
function wrapped(words: string, letters: number): string[] {
  const lines = [""];
  for (const word of words.split(" ")) {
    const last = lines[lines.length - 1];
    if (last && last.length + 1 + word.length > letters) lines.push(word);
    else lines[lines.length - 1] = last ? `${last} ${word}` : word;
  }
  return lines;
}
