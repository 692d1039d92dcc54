/** The figure of a path: every picture has its captions. */

import { toyPath } from "@countergrade/countergrade/testing";
import { assert, assertEquals } from "@std/assert";
import type { FrameFigures } from "../../../../plugins/tasks/paths/frames.ts";
import { pathFigure } from "../../../../plugins/tasks/paths/path_figure.ts";

const record = await toyPath(2);
const frame = { target: { grade: 1 }, imageGrade: -0.24, judge: { grade: 2.06 }, band: 0.88 };
const captions = {
  title: "val-0 at 1",
  grade: 0.31,
  frames: [frame, {
    ...frame,
    target: { class: "<b>" },
    band: undefined,
    met: false,
  }] as unknown as FrameFigures[],
  original: { probability: 0.126 },
  coverage: 0.9,
  range: 0.2,
  making: "Editor pattern.",
};
const textsOf = (svg: string) =>
  [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text);

Deno.test("below each picture stands what was asked for, what both see, and how far off that is", () => {
  const svg = pathFigure(record, captions);
  assertEquals(textsOf(svg).slice(0, 9), [
    ...["the image", "probe: 0.3", "judge: 13 %"],
    ...["grade 1", "probe: −0.2", "judge: 2.1 ± 0.9"],
    ...["class &lt;b&gt;", "probe: −0.2", "judge: 2.1"],
  ]);
  const words = textsOf(svg).join(" ");
  for (const text of ["−0.2 +0.2", "val-0 at 1.", "Editor pattern.", "in 90 of 100"]) {
    assert(words.includes(text), `${text} is missing in ${words}`);
  }
  // The image, two frames, and what each of them changed.
  assertEquals([...svg.matchAll(/<image /g)].length, 5);
});

Deno.test("its pictures are PNG files within it, which nothing has to be fetched for", () => {
  const svg = pathFigure(record, captions);
  const links = [...svg.matchAll(/href="([^"]*)"/g)].map(([, link]) => link);
  for (const link of links) {
    assert(link.startsWith("data:image/png;base64,"));
    assertEquals(atob(link.slice(link.indexOf(",") + 1)).slice(1, 4), "PNG");
  }
});

Deno.test("without judge and bands there is the probe alone", () => {
  const frames = captions.frames.map(({ judge: _, band: __, ...frame }) => frame);
  const svg = pathFigure(record, { ...captions, grade: 1, frames, original: undefined });
  assertEquals(textsOf(svg).slice(0, 6), [
    ...["the image", "probe: 1.0", "grade 1", "probe: −0.2", "class &lt;b&gt;", "probe: −0.2"],
  ]);
});
