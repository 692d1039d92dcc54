/** How a path is made: by which editor, to which targets, with which sampler; and what the server is told of it. */

import type { Scale } from "../../shared/operations.ts";

/** Where the frames shall arrive. */
export type TargetChoice =
  | { readonly kind: "all" }
  | { readonly kind: "through"; readonly frames: number }
  | { readonly kind: "one"; readonly grade: number };

/** The choices. */
export interface Method {
  /** Name of the editor; empty: the usual one. */
  readonly editor: string;
  readonly target: TargetChoice;
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
export function inputOf(
  { editor, target, closeLoop, sampler, steps }: Method,
  { type }: Scale,
): object {
  return {
    ...(editor && { editor: { [editor]: {} } }),
    ...(target.kind === "through" && { frames: target.frames }),
    ...(target.kind === "one" &&
      (type === "NOMINAL" ? { classes: [String(target.grade)] } : { targets: [target.grade] })),
    ...(closeLoop && { closeLoop: {} }),
    ...(sampler && { sampler: { name: sampler, inversionSteps: steps, renderSteps: steps } }),
  };
}

/** The choices as parameters of the address. */
export function parametersOf(
  { editor, target, closeLoop, sampler, steps }: Method,
): Record<string, string> {
  return {
    ...(editor && { editor }),
    ...(target.kind === "through" && { frames: String(target.frames) }),
    ...(target.kind === "one" && { grade: String(target.grade) }),
    ...(closeLoop && { loop: "closed" }),
    ...(sampler && { sampler, steps: String(steps) }),
  };
}

/** The choices that an address asks for; what it does not say, or says badly, is as usual. */
export function methodFrom(
  asked: URLSearchParams,
  scale: Scale,
  editors: readonly string[],
): Method {
  const editor = asked.get("editor") ?? "";
  const sampler = asked.get("sampler") ?? "";
  return {
    editor: editors.includes(editor) ? editor : USUAL.editor,
    target: targetFrom(asked, scale),
    closeLoop: asked.get("loop") === "closed" && scale.type !== "NOMINAL",
    sampler: SAMPLERS.includes(sampler) ? sampler : USUAL.sampler,
    steps: wholeNumber(asked.get("steps"), STEPS) ?? USUAL.steps,
  };
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
