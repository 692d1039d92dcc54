/** Figures as SVG and PDF: every word and picture is there, where there is room for it. */

import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { unzlibSync } from "fflate";
import type { Figure } from "../../../core/figures/figure.ts";
import { layoutOf } from "../../../core/figures/layout.ts";
import { figurePdf } from "../../../core/figures/pdf.ts";
import { figureSvg } from "../../../core/figures/svg.ts";
import { cutText, textWidth, wrapText } from "../../../core/figures/text_width.ts";

const pixels = Uint8Array.from({ length: 12 }, (_, i) => 20 * i);
const picture = { href: "data:image/png;base64,AAAA", width: 2, height: 2, pixels };
const cell = (text: string) => ({ picture, lines: [{ text, tone: "strong" as const }] });
const figure: Figure = {
  title: "A knee at −1 σ",
  rows: [
    { name: "Frames", cells: [cell("KL 0"), cell("KL < 4 & more")] },
    { name: "Difference\nto the original", cells: [undefined, cell("")] },
  ],
  bar: { range: 0.5, label: "intensity" },
  caption: "Words ".repeat(60).trim(),
  link: "http://localhost/#view=explorer",
};

Deno.test("an SVG has every word as text, and its pictures within", () => {
  const svg = figureSvg(figure);
  for (
    const text of ["KL 0", "KL &lt; 4 &amp; more", "to the original", "−0.5", "#view=explorer"]
  ) {
    assert(svg.includes(`>${text}`) || svg.includes(text), text);
  }
  assertEquals(svg.match(/<image /g)?.length, 3);
  assert(svg.includes("image-rendering:pixelated"));
  assert(!figureSvg(figure, { smooth: true }).includes("pixelated"));
  assertEquals(svg.match(/href="(?!data:)/g), null, "nothing comes from elsewhere");
});

Deno.test("pictures of a row stand beside each other within the width, and the caption is wrapped below", () => {
  for (const width of [300, 680]) {
    const layout = layoutOf(figure, { width });
    const pictures = layout.marks.filter((mark) => mark.kind === "picture");
    assertEquals(pictures[0].y, pictures[1].y);
    assert(pictures[1].x >= pictures[0].x + pictures[0].width);
    const texts = layout.marks.filter((mark) => mark.kind === "text");
    for (const { x, text, size } of texts) assert(x + textWidth(text, size) <= width, text);
    assert(texts.at(-1)!.y < layout.height);
  }
});

Deno.test("a layout stands where it stood: names on the left, lines below their picture, the bar below all", () => {
  const of = (width: number, height: number) => ({ href: "data:,", width, height });
  const { rows, bar }: Figure = {
    title: "",
    rows: [
      {
        name: "One\ntwo",
        cells: [{ picture: of(2, 1), lines: [{ text: "a" }, { text: "b" }] }, undefined],
      },
      { cells: [{ picture: of(1, 1) }, { picture: of(1, 1), lines: [{ text: "c" }] }] },
    ],
    bar: { range: 0.5, label: "intensity" },
  };
  const { marks, width, height } = layoutOf({ title: "", rows, bar }, { width: 200, cell: 50 });
  // Margins of 8, gaps of 6, lines of 13; names are 10 high, what belongs to the bar 9.
  const left = 8 + textWidth("One", 10) + 12;
  const second = 8 + 25 + 2 * 13 + 6;
  const below = second + 50 + 13 + 6;
  const end = left + 120 - textWidth("+0.5", 9);
  assertEquals(
    marks.flatMap((mark) => mark.kind === "text" ? [[mark.text, mark.x, mark.y, mark.size]] : []),
    [
      ["One", 8, 18, 10],
      ["two", 8, 31, 10],
      ["a", left, 8 + 25 + 11, 10],
      ["b", left, 8 + 25 + 24, 10],
      ["c", left + 56, second + 50 + 11, 10],
      ["−0.5", left, below + 22, 9],
      ["+0.5", end, below + 22, 9],
      ["intensity", left + 130, below + 8, 9],
    ],
  );
  assertEquals(
    marks.flatMap((mark) =>
      mark.kind === "picture" ? [[mark.x, mark.y, mark.width, mark.height]] : []
    ),
    [[left, 8, 50, 25], [left, second, 50, 50], [left + 56, second, 50, 50]],
  );
  const boxes = marks.filter((mark) => mark.kind === "box");
  assertEquals([boxes.length, boxes[0].x, boxes[0].y], [41, left, below]);
  assertAlmostEquals(boxes[40].x + boxes[40].width, left + 120 + 0.3, 1e-9);
  // Without a caption the page ends behind what reaches furthest, here the label of the bar.
  assertEquals([width, height], [left + 130 + textWidth("intensity", 9) + 8, below + 30 + 8]);
  assertEquals(layoutOf({ title: "", rows }, { width: 200, cell: 50 }).width, left + 106 + 8);
  // What has no room is made smaller, and a caption takes the whole width, line by line.
  const words = "a caption of ".repeat(8).trim();
  const captioned = layoutOf({ title: "", rows, caption: words, link: "at" }, { width: 100 });
  const [{ width: side }] = captioned.marks.filter((mark) => mark.kind === "picture");
  assertAlmostEquals(left + 2 * side + 6 + 8, 100, 1e-9);
  const lines = captioned.marks.filter((mark) => mark.kind === "text").slice(5);
  assertEquals(lines.map(({ text }) => text), [...wrapText(words, 9, 84), "at"]);
  const bottom = 8 + side / 2 + 2 * 13 + 6 + side + 13 + 6;
  lines.forEach(({ x, y, size }, i) => {
    assertEquals([x, size], [8, 9]);
    assertAlmostEquals(y, bottom + 13 * (i + 1), 1e-9);
  });
  const last = lines.at(-1)!;
  assertEquals([captioned.width, captioned.height], [100, Math.ceil(last.y + 8)]);
});

Deno.test("what a line says is heavy, pale or red by its tone", () => {
  const tones = [undefined, "strong", "quiet", "wrong"] as const;
  const lines = tones.map((tone) => ({ text: "a", ...tone && { tone } }));
  const { marks, width } = layoutOf({
    title: "",
    rows: [{ name: "n\nm", cells: [{ picture: { href: "data:,", width: 1, height: 1 }, lines }] }],
  });
  assertEquals(
    marks.flatMap((mark) => mark.kind === "text" ? [[mark.bold, ...mark.color]] : []),
    [
      [true, 31, 35, 40],
      [false, 89, 99, 110],
      [false, 31, 35, 40],
      [true, 31, 35, 40],
      [false, 89, 99, 110],
      [false, 179, 38, 30],
    ],
  );
  assertEquals(width, 8 + textWidth("m", 10) + 12 + 128 + 8);
});

Deno.test("a PDF has its objects where its table says, and text and pixels in its streams", () => {
  const bytes = figurePdf(figure);
  const text = new TextDecoder("latin1").decode(bytes);
  assert(text.startsWith("%PDF-1.4"));
  const start = Number(/startxref\n(\d+)/.exec(text)![1]);
  const offsets = [...text.slice(start).matchAll(/^(\d{10}) 00000 n/gm)].map(([, at]) => +at);
  offsets.forEach((at, i) => assert(text.slice(at).startsWith(`${i + 1} 0 obj`)));
  const streams = [...text.matchAll(/\/Length (\d+) >>\nstream\n/g)].map((match) => {
    const from = match.index + match[0].length;
    return unzlibSync(bytes.subarray(from, from + Number(match[1])));
  });
  // The same picture thrice is in the file once, each of its pixels as a square of 6.
  assertEquals(streams.map(({ length }) => length)[0], 3 * 12 * 12);
  assertEquals([...streams[0].subarray(0, 3)], [0, 20, 40]);
  assertEquals([...streams[0].subarray(15, 21)], [0, 20, 40, 60, 80, 100]);
  assertEquals(text.match(/\nendstream\nendobj\n/g)?.length, streams.length);
  const page = new TextDecoder().decode(streams.at(-1));
  assert(page.includes("<4b4c2030> Tj"), "KL 0");
  assert(/\/F2 [\d.]+ Tf <2d> Tj/.test(page), "the minus sign is a symbol");
  const bare = { ...figure, rows: [{ cells: [{ picture: { ...picture, pixels: undefined } }] }] };
  assertThrows(() => figurePdf(bare), TypeError, "expected its pixels");
});

Deno.test("a PDF writes Latin letters, those of Windows and symbols by their codes, others as question marks", () => {
  const written = (name: string) => {
    const bytes = figurePdf({ title: "", rows: [{ name, cells: [] }] });
    const text = new TextDecoder("latin1").decode(bytes);
    const match = /\/Length (\d+) >>\nstream\n/.exec(text)!;
    const from = match.index + match[0].length;
    const page = unzlibSync(bytes.subarray(from, from + Number(match[1])));
    return [...new TextDecoder().decode(page).matchAll(/\/F(\d) [\d.]+ Tf <(\w*)> Tj/g)]
      .map(([, font, codes]) => `${font} ${codes}`);
  };
  // Of the ranges of Latin-1 the first and the last letter, and those beside them.
  assertEquals(written("a~\x7f\u009f\u00a0b"), ["1 617e3f3fa062"]);
  assertEquals(written("a¡ÿĀ"), ["1 61a1ff3f"]);
  assertEquals(written("…–漢"), ["1 85963f"]);
  assertEquals(written("0−σ≥1"), ["1 30", "2 2d73b3", "1 31"]);
});

Deno.test("text is cut with an ellipsis and wrapped between words", () => {
  assertEquals(cutText("short", 10, 100), "short");
  const cut = cutText("a rather long text", 10, 40);
  assert(cut.endsWith("…") && textWidth(cut, 10) <= 40);
  assertEquals(wrapText("one two three", 10, textWidth("one two", 10)), ["one two", "three"]);
  assertEquals(wrapText("a\nb", 10, 100), ["a", "b"]);
});
