/** How a path is made, in a few words. */

import { judgeText } from "../../shared/judges.ts";
import { type Method, USUAL, USUAL_EDITOR } from "./method.ts";

/** What differs from the usual way; "as usual" where nothing does. */
export function methodText(method: Method): string {
  const { editor, target, calibration, extrapolate, hold, region } = method;
  const words = [
    editor && editor !== USUAL_EDITOR ? `editor ${editor}` : "",
    target.kind === "through" ? `${target.frames} frames through the boundary` : "",
    target.kind === "one" ? `grade ${target.grade}` : "",
    calibration === USUAL.calibration ? "" : calibration,
    extrapolate ? "beyond patients" : "",
    hold.length ? `${hold.join(", ")} held` : "",
    region === USUAL.region ? "" : `region ${region}`,
    method.closeLoop ? "closed loop" : "",
    method.judge ? `judge ${judgeText(method.judge)}` : "",
    method.sampler ? `${method.sampler}, ${method.steps} steps` : "",
  ];
  return words.filter(Boolean).join(" · ") || "as usual";
}
