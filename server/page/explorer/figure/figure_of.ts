/** The figure of one path, or of two: originals and frames with their grades, differences, and a caption that says how they were made. */

/// <reference lib="dom" />

import type {
  Figure,
  FigureCell,
  FigureLine,
  FigurePicture,
  FigureRow,
} from "@countergrade/countergrade/figures";
import { methodText } from "../choose/method_text.ts";
import { frameTargetsOf, gradeText, targetText } from "../path/frame_target.ts";
import { addressOf } from "../../shared/address.ts";
import { parametersOfSlot } from "../path/main.ts";
import type { PathSlot } from "../path/slot.ts";
import type { Stop } from "../path/stops.ts";
import { verdictText } from "../evidence/words.ts";
import { range, reference, REFERENCES } from "../viewer/look.ts";
import { differenceAt, pictureAt } from "./pictures.ts";

/** What a figure has. */
export interface FigureChoice {
  /** Whether the differences have a row. */
  readonly differences: boolean;
  /** How many pictures stand beside the original, at most. */
  readonly most: number;
  /** Whether those between the frames may be among them. */
  readonly between: boolean;
}

/** Makes the figure of paths that are there. */
export async function figureOf(
  slots: readonly PathSlot[],
  choice: FigureChoice,
): Promise<Figure> {
  const rows = await Promise.all(slots.map((slot) => rowsOf(slot, choice, slots.length > 1)));
  const [slot] = slots;
  const name = slot.subject.value?.name ?? "";
  return {
    title: `Counterfactual path of ${name}`,
    rows: rows.flat(),
    ...choice.differences && {
      bar: {
        range: range.value,
        label: `intensity of the frame − that of ${
          REFERENCES[reference.value]
        }; pictures go from −1, black, to 1, white`,
      },
    },
    caption: slots.map(captionOf).join("\n"),
    link: `${location.origin}${location.pathname}${addressOf("explorer", parametersOfSlot(slot))}`,
  };
}

/** The stops that a figure shows: all frames, or as many as there is room for. */
export function shownStops(slot: PathSlot, { most, between }: FigureChoice): Stop[] {
  const stops = slot.stops.value.filter(({ place }) => between || Number.isInteger(place));
  if (stops.length <= most) return stops;
  return Array.from(
    { length: most },
    (_, i) => stops[Math.round(i * (stops.length - 1) / (most - 1))],
  );
}

async function rowsOf(slot: PathSlot, choice: FigureChoice, named: boolean): Promise<FigureRow[]> {
  const stops = shownStops(slot, choice);
  const { path } = slot.path.value;
  const base = path?.[reference.value]?.url;
  const cells = await Promise.all(stops.map(async (stop) => {
    const url = stop.frame.image?.url;
    const [picture, change] = await Promise.all([pictureAt(url), differenceAt(url, base)]);
    return { frame: cellOf(picture, linesOf(stop, slot)), change: cellOf(change, []) };
  }));
  const original = cellOf(
    await pictureAt(path?.original?.url ?? slot.subject.value?.url),
    originalLines(slot),
  );
  const name = named
    ? `${slot.subject.value?.name}\n${slot.model.value?.title}\n${methodText(slot.method.value)}`
    : "";
  return [
    { ...name && { name }, cells: [original, ...cells.map(({ frame }) => frame)] },
    ...choice.differences
      ? [{
        name: `Difference\nto ${REFERENCES[reference.value]}`,
        cells: [undefined, ...cells.map(({ change }) => change)],
      }]
      : [],
  ];
}

function cellOf(
  picture: FigurePicture | undefined,
  lines: readonly FigureLine[],
): FigureCell | undefined {
  return picture && { picture, lines };
}

function originalLines(slot: PathSlot): FigureLine[] {
  const { label, labelName } = slot.subject.value ?? {};
  const scale = slot.model.value!.scale;
  const { path } = slot.path.value;
  const judged = verdictText(path?.judge?.original, scale);
  return [
    { text: "original", tone: "strong" },
    ...label === undefined ? [] : [{ text: `labeled ${labelName ?? label}` }],
    { text: `read ${gradeText(path?.latent?.grade, scale)}` },
    ...judged ? [{ text: `judge ${judged}` }] : [],
  ];
}

function linesOf({ frame }: Stop, slot: PathSlot): FigureLine[] {
  const scale = slot.model.value!.scale;
  const [target] = frameTargetsOf({ kind: "all" }, scale, [{ ...frame, index: 0 }], true);
  const judged = verdictText(frame.judge, scale);
  const band = frame.band == null ? "" : ` ± ${frame.band.toFixed(1)}`;
  return [
    { text: `asked ${scale.names[target.grade ?? -1] ?? targetText(target)}`, tone: "strong" },
    {
      text: `read ${gradeText(frame.imageGrade, scale)}${frame.met === false ? ", missed" : ""}`,
      ...frame.met === false && { tone: "wrong" as const },
    },
    { text: `code ${gradeText(frame.latentGrade, scale)}`, tone: "quiet" },
    ...judged ? [{ text: `judge ${judged}${band}` }] : [],
  ];
}

/** What a reader must know to read it, and somebody else to make it again. */
function captionOf(slot: PathSlot): string {
  const model = slot.model.value!;
  const { path } = slot.path.value;
  const { name, labelName } = slot.subject.value!;
  const { mae, measuredOn } = model.report ?? {};
  const provenance = path?.provenance as Provenance | undefined;
  const images = model.dataset?.splits.find((split) => split.name === measuredOn)?.size;
  const options = provenance?.options ?? {};
  const plugins = provenance?.plugins.map(({ id, version }) => `${id} ${version}`) ?? [];
  return [
    `Counterfactual path of ${name}`,
    model.dataset ? ` (${model.dataset.title}${labelName ? `, labeled ${labelName}` : ""})` : "",
    `. Every frame is generated: what the model expects of this image at the grade asked for. `,
    `“Read” is the grade of the frame, encoded again, by the grader “${model.title}” on the encoder “${
      model.encoder?.title ?? ""
    }”`,
    mae == null ? "" : `, which is ${mae.toFixed(2)} grades off on average`,
    mae != null && images ? ` (${images} images of ${measuredOn})` : "",
    `; “code” that of the edited code.`,
    path?.judge ? ` “Judge”: ${path.judge.name}, which had no part in the edit.` : "",
    ` Editor ${Object.keys(options.editor ?? { pattern: 0 })[0]}, targets ${
      options.calibration ?? "relative"
    }${options.closeLoop ? ", closed loop" : ""}; seed ${provenance?.seed ?? 0}; ${
      plugins.join(", ")
    }.`,
    model.dataset?.license ? ` Images: ${model.dataset.license}.` : "",
    " For research, not for diagnosis.",
  ].join("");
}

interface Provenance {
  readonly seed: number;
  readonly options: {
    readonly editor?: object;
    readonly calibration?: string;
    readonly closeLoop?: object;
  };
  readonly plugins: readonly { readonly id: string; readonly version: string }[];
}
