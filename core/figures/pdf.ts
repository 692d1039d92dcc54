/** A figure as PDF 1.4: one page of its size, with text that can be searched, and pictures pixel by pixel. */

import { zlibSync } from "fflate";
import type { Rgb } from "./color.ts";
import type { Figure, FigureLook, FigurePicture } from "./figure.ts";
import { layoutOf, type Mark, type TextMark } from "./layout.ts";

/** Points of 1/72 inch per px of 1/96. */
const POINT = 0.75;
/** Viewers blend the pixels of small pictures whatever they are told, so squares are drawn as so many pixels each way. */
const SQUARE = 6;

/** Letters of the font Symbol, by their codes there (PDF Reference 1.7, D.5). */
const SYMBOLS: Record<string, number> = {
  "−": 0x2d,
  "σ": 0x73,
  "Σ": 0x53,
  "Δ": 0x44,
  "μ": 0x6d,
  "κ": 0x6b,
  "≤": 0xa3,
  "≥": 0xb3,
  "→": 0xae,
  "≈": 0xbb,
};
/** Letters of WinAnsiEncoding beyond Latin-1. */
const WINDOWS: Record<string, number> = {
  "…": 0x85,
  "‘": 0x91,
  "’": 0x92,
  "“": 0x93,
  "”": 0x94,
  "•": 0x95,
  "–": 0x96,
  "—": 0x97,
};

/**
 * Draws a figure as PDF. Letters that its fonts do not have become question marks.
 *
 * @throws {TypeError} When a picture comes without its pixels.
 */
export function figurePdf(figure: Figure, look: FigureLook = {}): Uint8Array<ArrayBuffer> {
  const { width, height, marks } = layoutOf(figure, look);
  const pictures = [
    ...new Set(marks.filter((mark) => mark.kind === "picture").map(({ picture }) => picture)),
  ];
  const file = new PdfFile();
  const fonts = ["Helvetica", "Helvetica-Bold", "Symbol"].map((name) => {
    const encoding = name === "Symbol" ? "" : " /Encoding /WinAnsiEncoding";
    return file.add(`<< /Type /Font /Subtype /Type1 /BaseFont /${name}${encoding} >>`);
  });
  const images = pictures.map((picture) => file.addStream(...imageOf(picture, look.smooth)));
  const page = new PageText(height);
  for (const mark of marks) {
    page.draw(mark, mark.kind === "picture" ? pictures.indexOf(mark.picture) : 0);
  }
  const content = file.addStream("", latin(page.text));
  const named = (letter: string, ids: readonly number[]) =>
    ids.map((id, i) => `/${letter}${i} ${id} 0 R`).join(" ");
  const pages = file.next + 1;
  const leaf = file.add(
    `<< /Type /Page /Parent ${pages} 0 R /MediaBox [0 0 ${number(width * POINT)} ${
      number(height * POINT)
    }] /Contents ${content} 0 R /Resources << /Font << ${named("F", fonts)} >> /XObject << ${
      named("I", images)
    } >> >> >>`,
  );
  file.add(`<< /Type /Pages /Kids [${leaf} 0 R] /Count 1 >>`);
  const catalog = file.add(`<< /Type /Catalog /Pages ${pages} 0 R >>`);
  const info = file.add(`<< /Title ${hexText(figure.title)} /Producer (Countergrade) >>`);
  return file.bytes(catalog, info);
}

/** The text of a page: y goes upwards there. */
class PageText {
  text = "";
  readonly #height: number;

  constructor(height: number) {
    this.#height = height;
  }

  draw(mark: Mark, image: number): void {
    if (mark.kind === "text") return this.#write(mark);
    const { x, width, height } = mark;
    const y = this.#height - mark.y - height;
    const [left, bottom, w, h] = [x, y, width, height].map((value) => number(value * POINT));
    this.text += mark.kind === "picture"
      ? `q ${w} 0 0 ${h} ${left} ${bottom} cm /I${image} Do Q\n` +
        `0.78 0.81 0.83 RG 0.4 w ${left} ${bottom} ${w} ${h} re S\n`
      : `${color(mark.color)} ${left} ${bottom} ${w} ${h} re f\n`;
  }

  #write({ x, y, text, size, bold, color: ink }: TextMark): void {
    const place = `${number(x * POINT)} ${number((this.#height - y) * POINT)}`;
    this.text += `BT ${color(ink)} ${place} Td\n`;
    for (const { font, codes } of runsOf(text, bold)) {
      const hex = codes.map((code) => code.toString(16).padStart(2, "0")).join("");
      this.text += `/F${font} ${number(size * POINT)} Tf <${hex}> Tj\n`;
    }
    this.text += "ET\n";
  }
}

/** A text as parts of one font each. */
function runsOf(text: string, bold: boolean): { font: number; codes: number[] }[] {
  const runs: { font: number; codes: number[] }[] = [];
  for (const letter of text) {
    const symbol = SYMBOLS[letter];
    const font = symbol === undefined ? Number(bold) : 2;
    const plain = letter.codePointAt(0)!;
    const isLatin = plain < 0x7f || (plain >= 0xa0 && plain <= 0xff);
    const code = symbol ?? WINDOWS[letter] ?? (isLatin ? plain : 0x3f);
    if (runs.at(-1)?.font === font) runs.at(-1)!.codes.push(code);
    else runs.push({ font, codes: [code] });
  }
  return runs;
}

/** A picture as dictionary and bytes. */
function imageOf(
  { pixels, width, height }: FigurePicture,
  smooth = false,
): [dictionary: string, bytes: Uint8Array] {
  if (!pixels) throw new TypeError("Cannot draw a picture as PDF: expected its pixels, got none");
  const times = smooth ? 1 : SQUARE;
  const [w, h] = [width * times, height * times];
  const drawn = new Uint8Array(3 * w * h);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const from = 3 * (Math.floor(y / times) * width + Math.floor(x / times));
      drawn.set(pixels.subarray(from, from + 3), 3 * (y * w + x));
    }
  }
  const look = `/Type /XObject /Subtype /Image /ColorSpace /DeviceRGB /BitsPerComponent 8`;
  return [`${look} /Width ${w} /Height ${h} /Interpolate ${smooth}`, drawn];
}

/** The objects of a file, and where each begins. */
class PdfFile {
  readonly #parts: Uint8Array[] = [latin("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")];
  readonly #starts: number[] = [];
  #length = this.#parts[0].length;

  /** The number of the object that comes next. */
  get next(): number {
    return this.#starts.length + 1;
  }

  add(body: string, stream?: Uint8Array): number {
    this.#starts.push(this.#length);
    const id = this.#starts.length;
    this.#put(latin(`${id} 0 obj\n${body}\n`));
    if (stream) {
      this.#put(latin("stream\n"));
      this.#put(stream);
      this.#put(latin("\nendstream\n"));
    }
    this.#put(latin("endobj\n"));
    return id;
  }

  addStream(dictionary: string, bytes: Uint8Array): number {
    const packed = zlibSync(bytes);
    return this.add(
      `<< ${dictionary} /Filter /FlateDecode /Length ${packed.length} >>`,
      packed,
    );
  }

  bytes(root: number, info: number): Uint8Array<ArrayBuffer> {
    const start = this.#length;
    const count = this.#starts.length + 1;
    const table = this.#starts.map((at) => `${String(at).padStart(10, "0")} 00000 n \n`).join("");
    this.#put(latin(
      `xref\n0 ${count}\n0000000000 65535 f \n${table}` +
        `trailer\n<< /Size ${count} /Root ${root} 0 R /Info ${info} 0 R >>\n` +
        `startxref\n${start}\n%%EOF\n`,
    ));
    const whole = new Uint8Array(this.#length);
    let at = 0;
    for (const part of this.#parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }

  #put(bytes: Uint8Array): void {
    this.#parts.push(bytes);
    this.#length += bytes.length;
  }
}

function latin(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

function color(rgb: Rgb): string {
  return `${rgb.map((part) => number(part / 255)).join(" ")} rg`;
}

function number(value: number): string {
  return String(Number(value.toFixed(3)));
}

/** A text of any letters, as UTF-16. */
function hexText(text: string): string {
  const units = Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
  return `<feff${units.map((unit) => unit.toString(16).padStart(4, "0")).join("")}>`;
}
