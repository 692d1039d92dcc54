/** Making a figure of what is shown: chosen, looked at, and taken away as the file that a journal or a talk wants. */

/// <reference lib="dom" />

import { type Figure, type FigureLook, figureSvg } from "@countergrade/countergrade/figures";
import { useEffect, useState } from "preact/hooks";
import { kept } from "../path/main.ts";
import { useSlot } from "../path/context.ts";
import type { PathSlot } from "../path/slot.ts";
import { intensities, range, reference, smooth } from "../viewer/look.ts";
import { type FigureChoice, figureOf, shownStops } from "./figure_of.ts";
import { fileNameOf } from "./file_name.ts";
import { base64, pngOf } from "./png.ts";
import { shotsOf } from "./reel.ts";
import { tableOf } from "./table.ts";
import { Check } from "../../shared/check.tsx";

/** What a maker of files is given. */
interface Made {
  readonly figure: Figure;
  readonly look: FigureLook;
  readonly slots: readonly PathSlot[];
}

/** The files, by what they are called; libraries are loaded when they are wanted. */
const FILES: readonly {
  readonly title: string;
  readonly ending: string;
  make(made: Made): Promise<Blob> | Blob;
}[] = [
  {
    title: "SVG",
    ending: ".svg",
    make: ({ figure, look }) => new Blob([figureSvg(figure, look)], { type: "image/svg+xml" }),
  },
  {
    title: "PDF",
    ending: ".pdf",
    make: async ({ figure, look }) => (await exporter()).pdfOf(figure, look),
  },
  {
    title: "PNG, 300 dpi",
    ending: "-300dpi.png",
    make: ({ figure, look }) => pngOf(figureSvg(figure, look), 300),
  },
  {
    title: "PNG, 600 dpi",
    ending: "-600dpi.png",
    make: ({ figure, look }) => pngOf(figureSvg(figure, look), 600),
  },
  {
    title: "GIF",
    ending: ".gif",
    make: async ({ slots, look }) => (await exporter()).gifOf(await reelOf(slots, look)),
  },
  {
    title: "MP4",
    ending: ".mp4",
    make: async ({ slots, look }) => (await exporter()).videoOf(await reelOf(slots, look)),
  },
  {
    title: "CSV, all figures",
    ending: ".csv",
    make: ({ slots }) => new Blob([tableOf(slots)], { type: "text/csv" }),
  },
];

/** The part of the page's script that is loaded late; its address is none that a bundler could follow. */
async function exporter(): Promise<typeof import("./export.ts")> {
  return await import(new URL("export.js", document.baseURI).href);
}

/** All pictures of the first path, in their order. */
async function reelOf(slots: readonly PathSlot[], { smooth }: FigureLook) {
  const figure = await figureOf(slots.slice(0, 1), {
    differences: false,
    between: true,
    most: Infinity,
  });
  const cells = figure.rows[0].cells.slice(1).filter((cell) => cell !== undefined);
  return await shotsOf(cells, smooth ?? false);
}

/** The maker; folded away until it is wanted. */
export function FigureMaker() {
  const slot = useSlot();
  const [open, setOpen] = useState(false);
  if (!slot.path.value.path) return null;
  return (
    <details
      class="figure-maker"
      onToggle={({ currentTarget }) => setOpen(currentTarget.open)}
    >
      <summary>Figure …</summary>
      {open && <Maker slot={slot} />}
    </details>
  );
}

function Maker({ slot }: { slot: PathSlot }) {
  const [choice, setChoice] = useState<FigureChoice>({
    differences: true,
    between: false,
    most: 8,
  });
  const [figure, setFigure] = useState<Figure>();
  const [busy, setBusy] = useState("");
  const [trouble, setTrouble] = useState("");
  const other = kept.value;
  const slots = other ? [other, slot] : [slot];
  const look = { smooth: smooth.value };
  const stops = slots.map((each) => shownStops(each, choice).length).join();
  useEffect(() => {
    let over = false;
    figureOf(slots, choice).then((made) => over || setFigure(made));
    return () => {
      over = true;
    };
  }, [slot.path.value.path?.id, other, choice, stops, ...seenThrough()]);
  const take = async ({ title, ending, make }: typeof FILES[number]) => {
    setBusy(title);
    setTrouble("");
    try {
      save(await make({ figure: figure!, look, slots }), fileNameOf(slots, ending));
    } catch (error) {
      setTrouble((error as Error).message);
    } finally {
      setBusy("");
    }
  };
  return (
    <div class="maker">
      <Check
        label="Row of differences"
        checked={choice.differences}
        change={(differences) => setChoice({ ...choice, differences })}
      />
      <Check
        label="Pictures between grades"
        checked={choice.between}
        change={(between) => setChoice({ ...choice, between })}
      />
      {figure && (
        <img
          class="figure-preview"
          src={`data:image/svg+xml;base64,${base64(figureSvg(figure, look))}`}
          alt={`${figure.title}. ${figure.caption}`}
        />
      )}
      <ul class="downloads">
        {FILES.map((file) => (
          <li key={file.title}>
            <button
              type="button"
              class="action"
              disabled={!figure || busy !== ""}
              onClick={() => take(file)}
            >
              {busy === file.title ? "Making …" : file.title}
            </button>
          </li>
        ))}
      </ul>
      {trouble && <p class="problem" role="alert">{trouble}</p>}
      <p class="note">
        Pictures are as in the viewer: its window, its color range,{" "}
        {look.smooth ? "smooth" : "pixels as squares"}.
      </p>
    </div>
  );
}

/** What of the viewer changes a figure. */
function seenThrough(): unknown[] {
  return [intensities.value, range.value, reference.value];
}

/** Hands a file to the browser. */
function save(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The browser has taken it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
