/** One image, edited until somebody else's classifier changes its mind: how far that went, and what it took. */

import process from "node:process";
import { type Images, type JobContext, row } from "@countergrade/countergrade";
import type { LoadedEncoders } from "../../plugins/tasks/encoders/models.ts";
import { leaningOf } from "../../plugins/tasks/judges/witness.ts";
import { renderPath } from "../../plugins/tasks/paths/render_path.ts";
import { openPathSetup, type PathOptions } from "../../plugins/tasks/paths/setup.ts";

/** Just across, in the classifier's own probability. */
const ACROSS = 0.6;

/** A way to a flip, with the options of its paths. */
export interface Method {
  readonly name: string;
  readonly options: PathOptions;
  /** Ask for the other side alone; otherwise every target is rendered, and the least edit that flips counts. */
  readonly across: boolean;
}

/** What came of an image. */
export interface Flip {
  /** The side that the classifier sees before: severe or not. */
  readonly severe: boolean;
  readonly flipped: boolean;
  /** Mean |frame − reconstruction| over all pixels, in [0, 2], of the flipped frame; NaN where none is. */
  readonly l1: number;
  /** Mahalanobis length of its edit, in σ. */
  readonly length: number;
  /** What the classifier says of it. */
  readonly probability: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Reconstruction and flipped frame `[1, c, h, w]`. */
  readonly pictures: readonly Images[];
}

/** A method that is ready. */
export interface OpenMethod extends AsyncDisposable {
  readonly name: string;
  /** Tries it on an image of the split. */
  flip(index: number): Promise<Flip>;
}

/** Opens what a method names. */
export async function openMethod(
  { name, options, across }: Method,
  job: JobContext,
  loaded: LoadedEncoders,
): Promise<OpenMethod> {
  const setup = await openPathSetup(options, job, loaded);
  const witness = setup.witness!;
  return {
    name,
    async flip(index) {
      const { images } = await setup.dataset.get(options.split, [index]);
      const [wall, cpu] = [performance.now(), process.cpuUsage()];
      const severe = (await witness.look(images)).score[0] > 0;
      const targets = across ? [{ probability: severe ? 1 - ACROSS : ACROSS }] : setup.targets;
      const path = await renderPath(images, { ...setup, targets }, { signal: job.signal });
      const { user, system } = process.cpuUsage(cpu);
      const { record, judged, edit } = path;
      const [best] = judged!.frames.flatMap((verdict, i) =>
        leaningOf(verdict, witness.threshold) > 0 === severe ? [] : [i]
      ).sort((a, b) => edit.length[a] - edit.length[b]) as (number | undefined)[];
      const frame = best === undefined ? undefined : row(record.frames, best);
      return {
        severe,
        flipped: frame !== undefined,
        l1: frame ? meanChange(frame, record.reconstruction) : NaN,
        length: best === undefined ? NaN : edit.length[best],
        probability: best === undefined ? NaN : judged!.frames[best].probability ?? NaN,
        seconds: (performance.now() - wall) / 1000,
        cpuSeconds: (user + system) / 1e6,
        pictures: [record.reconstruction, frame ?? record.reconstruction],
      };
    },
    [Symbol.asyncDispose]: () => witness[Symbol.asyncDispose](),
  };
}

function meanChange(a: Images, b: Images): number {
  return a.data.reduce((sum, value, i) => sum + Math.abs(value - b.data[i]), 0) / a.data.length;
}
