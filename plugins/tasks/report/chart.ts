/** Charts as SVG files, drawn by Observable Plot: panels side by side, in colors that follow the reader's light or dark theme. */

import * as Plot from "@observablehq/plot";
import { DOMParser } from "linkedom";

/** A chart of its own, beside others. */
export interface Panel extends Plot.PlotOptions {
  readonly heading: string;
  /** Lines below the x axis. */
  readonly notes?: readonly string[];
}

const SIZE = { width: 440, height: 388, marginLeft: 64, marginTop: 40, marginRight: 20 };
/** Room below the plot: ticks and the axis' label, and each note. */
const BELOW = { axis: 48, note: 15 };

/** Colors with a contrast of at least 4.5 on their paper. */
const STYLE = [
  ".chart{color:#1f2328}.paper{fill:#fff}.soft{color:#59636e}",
  ".first{color:#1f6feb}.second{color:#b3372f}.guide{color:#6e7781}",
  "@media (prefers-color-scheme:dark){.chart{color:#e6edf3}.paper{fill:#0d1117}.soft{color:#9198a1}",
  ".first{color:#6cb0f2}.second{color:#ff8a7a}.guide{color:#8b949e}}",
].join("");

/** A document of linkedom's counts as one of the browser's. */
type Paper = Plot.PlotOptions["document"];

/** An SVG of panels side by side. */
export function chart(title: string, panels: readonly Panel[]): string {
  const xml = '<svg xmlns="http://www.w3.org/2000/svg" class="chart"/>';
  const document = new DOMParser().parseFromString(xml, "image/svg+xml");
  const root = document.documentElement;
  const add = (name: string, attributes: Record<string, string>, content = "") => {
    const element = document.createElementNS(root.namespaceURI, name, null);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.textContent = content;
    root.append(element);
  };
  add("title", {}, title);
  add("style", {}, STYLE);
  add("rect", { class: "paper", width: "100%", height: "100%" });
  let [width, height] = [0, 0];
  for (const panel of panels) {
    const svg = drawn(panel, document as unknown as Paper);
    svg.setAttribute("x", String(width));
    root.append(svg);
    width += Number(svg.getAttribute("width"));
    height = Math.max(height, Number(svg.getAttribute("height")));
  }
  root.setAttribute("width", String(width));
  root.setAttribute("height", String(height));
  root.setAttribute("viewBox", `0 0 ${width} ${height}`);
  return `${rounded(root.outerHTML)}\n`;
}

function drawn(
  { heading, notes = [], marks = [], x, y, ...options }: Panel,
  document: Plot.PlotOptions["document"],
) {
  const { height, ...size } = { ...SIZE, ...options };
  const label = { labelAnchor: "center", labelArrow: "none" } as const;
  const svg = Plot.plot({
    document,
    ...size,
    height: height + notes.length * BELOW.note,
    marginBottom: BELOW.axis + notes.length * BELOW.note,
    style: { fontSize: "12px" },
    x: { ...label, labelOffset: 38, ...x },
    y: { ...label, labelOffset: 48, grid: true, ...y },
    marks: [
      Plot.text([heading], { frameAnchor: "top", dy: -16, fontWeight: 600 }),
      ...notes.map((note, i) =>
        Plot.text([note], {
          ...{ frameAnchor: "bottom-left", dy: BELOW.axis + 8 + i * BELOW.note },
          ...{ className: "soft", fontSize: 11, fill: "currentColor" },
        })
      ),
      ...marks,
    ],
  });
  // It would lay down the looks of pages, which this is none of.
  svg.querySelector("style")?.remove();
  return svg;
}

/** Hundredths of a pixel are enough; the text between the tags stays as it is. */
function rounded(svg: string): string {
  return svg.replace(
    /="[^"]*"/g,
    (attribute) => attribute.replace(/\d+\.\d{3,}/g, (number) => String(+(+number).toFixed(2))),
  );
}
