/** The suite of editors catches every broken promise. */

import { type Edit, type EditorPlugin, editors, Host, tensor } from "@countergrade/countergrade";
import { testEditor } from "@countergrade/countergrade/testing";
import { z } from "zod";
import { patternEditor } from "../../plugins/editors/pattern.ts";
import { assertCatches } from "./assert_catches.ts";

await using host = await Host.boot([patternEditor]);
const sound = host.member(editors, "pattern") as EditorPlugin;

/** A member whose edits are changed afterwards. */
function bending(bend: (edit: Edit) => Partial<Edit>): EditorPlugin {
  return {
    ...sound,
    async edit(...args) {
      const edit = await sound.edit(...args);
      return { ...edit, ...bend(edit) };
    },
  };
}

/** Codes changed by a function of value and place. */
const codes = ({ latents }: Edit, change: (value: number, k: number) => number) => ({
  latents: {
    ...latents,
    codes: tensor(latents.codes.shape, latents.codes.data.map(change)),
  },
});
let edits = 0;

assertCatches("editors", testEditor, sound, {
  "options have a JSON schema of an object": { ...sound, options: z.array(z.number()) },
  "options survive storing as JSON": {
    ...sound,
    options: z.object({ many: z.map(z.string(), z.number()).default(new Map([["a", 1]])) }),
  },
  "every option has a default": { ...sound, options: z.object({ steps: z.int() }) },
  "a step of zero is the identity": bending((edit) => codes(edit, (v) => v + 1e-3)),
  "the edited codes have the score that was asked for": bending((edit) =>
    codes(edit, (v) => 0.9 * v)
  ),
  "the score is monotone along a path": bending((edit) =>
    codes(edit, (v, k) => v + (k % 6 === 0 ? 9 * (Math.floor(k / 6) % 2) : 0))
  ),
  "grades and probabilities as targets mean their scores": {
    ...sound,
    edit: (latents, probe, targets, ...rest) =>
      sound.edit(
        latents,
        probe,
        targets.map((t) => "grade" in t ? { score: t.grade } : t),
        ...rest,
      ),
  },
  "a class as target means the score of its grade, by name and by index": {
    ...sound,
    edit: (latents, probe, targets, ...rest) =>
      sound.edit(
        latents,
        probe,
        targets.map((t) => "class" in t ? { score: typeof t.class === "number" ? t.class : 2 } : t),
        ...rest,
      ),
  },
  "the noise stays as it is": bending(({ latents: { codes, noise } }) => ({
    latents: { codes, noise: tensor(noise.shape, noise.data.map((v) => v / 2)) },
  })),
  "edit() does not change the latents that it is given": {
    ...sound,
    async edit(latents, ...rest) {
      const edit = await sound.edit(latents, ...rest);
      latents.codes.data.set(edit.latents.codes.data);
      return edit;
    },
  },
  "figures have one finite number per row, within their ranges": bending(({ percentile }) => ({
    percentile: percentile.map((p) => p + 101),
  })),
  "an edit does not depend on the batch": bending((edit) =>
    codes(edit, (v) => v + 0.01 * edit.length.length)
  ),
  "the same edit twice gives the same codes": bending((edit) =>
    codes(edit, (v) => v + 0.01 * edits++)
  ),
  "a target that no score belongs to is refused": {
    ...sound,
    edit: (latents, probe, targets, ...rest) =>
      sound.edit(
        latents,
        probe,
        targets.map((t) => "score" in t && Number.isNaN(t.score) ? { score: 0 } : t),
        ...rest,
      ),
  },
  "a score that the probe never has is refused": {
    ...sound,
    edit: (latents, probe, targets, ...rest) =>
      sound.edit(latents, probe, targets, ...rest).catch(() =>
        sound.edit(latents, probe, targets.map(() => ({ score: -9 })), ...rest)
      ),
  },
  "codes that are not finite are refused": {
    ...sound,
    edit: ({ codes, noise }, ...rest) => {
      const data = codes.data.map((v) => Number.isFinite(v) ? v : 0);
      return sound.edit({ codes: tensor(codes.shape, data), noise }, ...rest);
    },
  },
  "edit() stops when it is cancelled": {
    ...sound,
    edit: (latents, probe, targets, options, context) =>
      sound.edit(latents, probe, targets, options, { ...context, signal: undefined }),
  },
});
