/** How a path is made: by which editor, to which targets, with which sampler; and what the server is told of it. */

import { type JudgeChoice, judgeFrom, judgeInput, judgeText } from "../../shared/judges.ts";
import type { Scale } from "../../shared/operations.ts";

/** Where the frames shall arrive. */
export type TargetChoice =
  | { readonly kind: "all" }
  | { readonly kind: "through"; readonly frames: number }
  | { readonly kind: "one"; readonly grade: number };

/** What a grade can mean, in the words of the API. */
export const CALIBRATIONS = {
  relative: "The step between typical scores, added to the image's own score.",
  typical: "The mean score of real images of the grade.",
  regression: "The inverse of E[grade | score]: beyond what patients have where the probe is weak.",
};

/** Where change can be free. */
export const REGIONS = {
  auto: "The data set’s own region, where it has one: change outside of it costs.",
  none: "Change is free everywhere.",
  proposed: "Where real images of the end grades differ most: change outside of it costs.",
};

/** What can be left alone in images of any kind, as people say it. */
export const HOLDS: Readonly<Record<string, string>> = {
  brightness: "brightness",
  contrast: "contrast",
  sharpness: "sharpness",
  positionX: "position sideways",
  positionY: "position up and down",
};

/** The choices. */
export interface Method {
  /** Name of the editor; empty: the usual one. */
  readonly editor: string;
  readonly target: TargetChoice;
  readonly calibration: keyof typeof CALIBRATIONS;
  /** Whether targets may lie beyond real patients. */
  readonly extrapolate: boolean;
  /** Some of {@linkcode HOLDS}, in their order. */
  readonly hold: readonly string[];
  readonly region: keyof typeof REGIONS;
  /** Whether a probe that tells no more than chance is asked all the same. */
  readonly uninformative: boolean;
  /** Whether an image is edited that is not of the kind that the model learned from. */
  readonly foreign: boolean;
  /** Who looks at the frames beside the probe. */
  readonly judge?: JudgeChoice;
  readonly closeLoop: boolean;
  /** Empty: the encoder's own, with its own steps. */
  readonly sampler: string;
  /** Evaluations each way, of a sampler that is named. */
  readonly steps: number;
}

/** What is chosen at first. */
export const USUAL: Method = {
  editor: "",
  target: { kind: "all" },
  calibration: "relative",
  extrapolate: false,
  hold: [],
  region: "auto",
  uninformative: false,
  foreign: false,
  closeLoop: false,
  sampler: "",
  steps: 20,
};

/** The editor that the server takes when none is named. */
export const USUAL_EDITOR = "pattern";

/** Samplers that can be named. */
export const SAMPLERS = ["dpm-solver", "ddim"];

/** How many frames may go through the boundary, and how many evaluations may be asked for. */
export const FRAMES = { least: 2, most: 64, usual: 9 };
export const STEPS = { least: 1, most: 1000 };

/** Fields of the operation's input; what is usual is left out, so that equal paths stay equal jobs. */
export function inputOf(method: Method, { type }: Scale): object {
  const { editor, target, calibration, extrapolate, hold, region } = method;
  const { uninformative, foreign, judge, closeLoop, sampler, steps } = method;
  return {
    ...(editor && { editor: { [editor]: {} } }),
    ...(target.kind === "through" && { frames: target.frames }),
    ...(target.kind === "one" &&
      (type === "NOMINAL" ? { classes: [String(target.grade)] } : { targets: [target.grade] })),
    ...(calibration !== USUAL.calibration && { calibration: calibration.toUpperCase() }),
    ...(extrapolate && { extrapolate }),
    ...(hold.length && { hold }),
    ...(region !== USUAL.region && { region: region.toUpperCase() }),
    ...(uninformative && { uninformative }),
    ...(foreign && { foreign }),
    ...(judge && { judge: judgeInput(judge) }),
    ...(closeLoop && { closeLoop: {} }),
    ...(sampler && { sampler: { name: sampler, inversionSteps: steps, renderSteps: steps } }),
  };
}

/** The choices as parameters of the address. */
export function parametersOf(method: Method): Record<string, string> {
  const { editor, target, calibration, extrapolate, hold, region } = method;
  const { uninformative, foreign, judge, closeLoop, sampler, steps } = method;
  return {
    ...(editor && { editor }),
    ...(target.kind === "through" && { frames: String(target.frames) }),
    ...(target.kind === "one" && { grade: String(target.grade) }),
    ...(calibration !== USUAL.calibration && { calibration }),
    ...(extrapolate && { extrapolate: "yes" }),
    ...(hold.length && { hold: hold.join(" ") }),
    ...(region !== USUAL.region && { region }),
    ...(uninformative && { uninformative: "yes" }),
    ...(foreign && { foreign: "yes" }),
    ...(judge && { judge: judgeText(judge) }),
    ...(closeLoop && { loop: "closed" }),
    ...(sampler && { sampler, steps: String(steps) }),
  };
}

/** The choices that an address asks for; what it does not say is as usual, and what it says badly, see {@linkcode oddParameters}. */
export function methodFrom(
  asked: URLSearchParams,
  scale: Scale,
  editors: readonly string[],
): Method {
  const editor = asked.get("editor") ?? "";
  const sampler = asked.get("sampler") ?? "";
  const held = asked.get("hold")?.split(" ") ?? [];
  const judge = judgeFrom(asked.get("judge"));
  return {
    editor: editors.includes(editor) ? editor : USUAL.editor,
    target: targetFrom(asked, scale),
    calibration: nameIn(CALIBRATIONS, asked.get("calibration")) ?? USUAL.calibration,
    extrapolate: asked.get("extrapolate") === "yes",
    hold: Object.keys(HOLDS).filter((name) => held.includes(name)),
    region: regionsOf(scale).find((name) => name === asked.get("region")) ?? USUAL.region,
    uninformative: asked.get("uninformative") === "yes",
    foreign: asked.get("foreign") === "yes",
    ...(judge && { judge }),
    closeLoop: asked.get("loop") === "closed" && scale.type !== "NOMINAL",
    sampler: SAMPLERS.includes(sampler) ? sampler : USUAL.sampler,
    steps: wholeNumber(asked.get("steps"), STEPS) ?? USUAL.steps,
  };
}

/** What an address says of the method that cannot be had, in words. */
export function oddParameters(
  asked: URLSearchParams,
  scale: Scale,
  editors: readonly string[],
): string[] {
  const understood = parametersOf(methodFrom(asked, scale, editors));
  return [...asked].filter(([name, value]) =>
    !ELSEWHERE.includes(name) && understood[name] !== value && !isUsual(name, value)
  ).map(([name, value]) => `“${name}=${value}”`);
}

/** Parameters that say something else than the method. */
const ELSEWHERE = ["view", "model", "split", "index", "image", "kept"];

/** Whether a parameter says what is so without it. */
function isUsual(name: string, value: string): boolean {
  return ["calibration", "region"].includes(name) && USUAL[name as keyof Method] === value;
}

/** The regions of a scale: one can be proposed where there are end grades. */
export function regionsOf({ type }: Scale): Method["region"][] {
  const hasEnds = type === "BINARY" || type === "ORDINAL";
  return hasEnds ? ["auto", "none", "proposed"] : ["auto", "none"];
}

function nameIn<T extends object>(known: T, name: string | null): keyof T | undefined {
  return name !== null && Object.hasOwn(known, name) ? name as keyof T : undefined;
}

function targetFrom(asked: URLSearchParams, scale: Scale): TargetChoice {
  const frames = wholeNumber(asked.get("frames"), FRAMES);
  if (frames !== undefined && scale.type !== "NOMINAL") return { kind: "through", frames };
  const most = scale.type === "CONTINUOUS" ? 1e6 : scale.names.length - 1;
  const grade = wholeNumber(asked.get("grade"), { least: 0, most });
  return grade === undefined ? USUAL.target : { kind: "one", grade };
}

/** A whole number within bounds, or nothing. */
export function wholeNumber(
  text: string | null,
  { least, most }: { least: number; most: number },
): number | undefined {
  const number = text?.trim() ? Number(text) : NaN;
  return Number.isInteger(number) && number >= least && number <= most ? number : undefined;
}
