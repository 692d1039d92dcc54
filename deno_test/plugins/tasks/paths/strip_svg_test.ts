/** The strip to read: every picture has its captions. */

import { toyPath } from "@countergrade/countergrade/testing";
import { assert, assertEquals } from "@std/assert";
import type { FrameFigures } from "../../../../plugins/tasks/paths/frames.ts";
import { stripSvg } from "../../../../plugins/tasks/paths/strip_svg.ts";

const record = await toyPath(2);
const frame = { target: { grade: 1 }, imageGrade: -0.24, judge: { grade: 2.06 }, band: 0.88 };
const captions = {
  grade: 0.31,
  frames: [frame, {
    ...frame,
    target: { class: "<b>" },
    band: undefined,
  }] as unknown as FrameFigures[],
  original: { probability: 0.126 },
  coverage: 0.9,
};
const textsOf = (svg: string) =>
  [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text);

Deno.test("below each picture stands what was asked for, what both see, and how far off that is", () => {
  const svg = stripSvg(record, captions);
  assertEquals(textsOf(svg), [
    ...["the image", "probe: 0.3", "judge: 13 %"],
    ...["grade 1", "probe: −0.2", "judge: 2.1", "± 0.9 in 90 of 100"],
    ...["class &lt;b&gt;", "probe: −0.2", "judge: 2.1"],
  ]);
  assertEquals([...svg.matchAll(/<image /g)].length, 3);
});

Deno.test("its pictures are PNG files within it, which nothing has to be fetched for", () => {
  const svg = stripSvg(record, captions);
  const links = [...svg.matchAll(/href="([^"]*)"/g)].map(([, link]) => link);
  for (const link of links) {
    assert(link.startsWith("data:image/png;base64,"));
    assertEquals(atob(link.slice(link.indexOf(",") + 1)).slice(1, 4), "PNG");
  }
});

Deno.test("without judge and bands there is the probe alone", () => {
  const frames = captions.frames.map(({ judge: _, band: __, ...frame }) => frame);
  assertEquals(textsOf(stripSvg(record, { grade: 1, frames })), [
    ...["the image", "probe: 1.0", "grade 1", "probe: −0.2", "class &lt;b&gt;", "probe: −0.2"],
  ]);
});
