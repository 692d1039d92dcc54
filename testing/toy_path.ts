/** A small path whose models can be told by hand, for the suite of metrics and for metrics under test. */

import {
  type Codes,
  type Images,
  type PathRecord,
  type PathTools,
  Random,
  row,
  takeRows,
  targetScore,
  tensor,
  throwIfAborted,
  type TrainingCodes,
  zeros,
} from "@countergrade/countergrade";
import { linearProbe, lineGrading } from "@countergrade/countergrade/linear";

const SIZE = 16;
const PIXELS = SIZE * SIZE;
/** Codes have one entry per band of pixels, the mean brightness there. */
const CODE_SIZE = 4;
const BAND = PIXELS / CODE_SIZE;
/** Brightness of the first band per grade. */
const GRADE = 0.1;
/** The share of an edit that the renderer shows. */
const SHOWN = 0.8;

/** One grade per 0.1 of brightness in the upper quarter; the boundary is at grade 1.5. */
const probe = linearProbe({
  plugin: "logistic",
  scale: { type: "ordinal", names: ["0", "1", "2", "3", "4"] },
  plane: {
    mean: new Float64Array(CODE_SIZE),
    sigma: new Float64Array(CODE_SIZE).fill(GRADE),
    normal: Float64Array.of(1, 0, 0, 0),
    offset: -1.5,
  },
  curve: { slope: 2, intercept: 0 },
  grading: lineGrading(1, 1.5),
});

function encode(images: Images): Codes {
  const out = zeros([images.shape[0], CODE_SIZE]);
  images.data.forEach((value, k) => out.data[Math.floor(k / BAND)] += value / BAND);
  return out;
}

/** images ± 0.8 · codes, band by band. */
function shifted(images: Images, codes: Codes, sign: number): Images {
  const shift = (k: number) => sign * SHOWN * codes.data[Math.floor(k / BAND)];
  return tensor(images.shape, images.data.map((value, k) => value + shift(k)));
}

/** Five codes of every grade. */
function trainingCodes(): TrainingCodes {
  const random = new Random(4).fork("training codes");
  const labels = Int32Array.from({ length: 25 }, (_, i) => i % 5);
  const data = Array.from(labels, (grade) => [GRADE * grade, 0, 0, 0])
    .flatMap((code) => code.map((value) => value + 0.02 * random.normal()));
  return { codes: tensor([labels.length, CODE_SIZE], data), labels };
}

/**
 * Models of images `[n, 1, 16, 16]` that are linear: a code is the mean brightness of the four bands, grades are read from the first,
 * edits move only that, and the renderer shows 80 % of it.
 */
export function toyTools(signal?: AbortSignal): PathTools {
  const step = async <T>(value: () => T): Promise<T> => {
    await Promise.resolve();
    throwIfAborted(signal);
    return value();
  };
  return {
    probe,
    signal,
    encode: (images) => step(() => encode(images)),
    encodeStochastic: (images, codes) => step(() => shifted(images, codes, -1)),
    training: () => step(trainingCodes),
    render: ({ codes, noise }) => step(() => shifted(noise, codes, 1)),
    edit: ({ codes, noise }, targets) =>
      step(() => {
        const moved = tensor(codes.shape, codes.data.slice());
        const asked = Float64Array.from(targets, (target) => targetScore(probe, target));
        const length = probe.score(codes).map((score, i) => Math.abs(asked[i] - score));
        asked.forEach((score, i) => moved.data[i * CODE_SIZE] = GRADE * (score + 1.5));
        return {
          latents: { codes: moved, noise },
          targetScore: asked,
          length,
          lengthRatio: length.map(() => 1),
          percentile: length.map(() => 50),
        };
      }),
  };
}

/** A path of {@linkcode toyTools}: an image of grade 0, and frames at grades 0, 1, … with a little noise in the pictures. */
export async function toyPath(frames = 5, seed = 2): Promise<PathRecord> {
  const random = new Random(seed).fork("toy path");
  const tools = toyTools();
  const noisy = (images: Images) =>
    tensor(images.shape, images.data.map((value) => value + 0.01 * random.normal()));
  const drawn = tensor([1, 1, SIZE, SIZE], random.normals(PIXELS).map((v) => 0.5 * Math.tanh(v)));
  // As dark above as grade 0 is, so that grades are those that were asked for.
  const dark = encode(drawn).data[0];
  const original = tensor(drawn.shape, drawn.data.map((v, k) => k < BAND ? v - dark : v));
  const code = encode(original);
  const grades = Array.from({ length: frames }, (_, grade) => grade);
  const first = new Int32Array(frames);
  const noise = takeRows(await tools.encodeStochastic(original, code), first);
  const edit = await tools.edit(
    { codes: takeRows(code, first), noise },
    grades.map((grade) => ({ grade })),
  );
  const rendered = noisy(await tools.render(edit.latents));
  const reencoded = encode(rendered);
  const { codes } = edit.latents;
  return {
    original,
    reconstruction: noisy(await tools.render({ codes: code, noise: row(noise, 0) })),
    frames: rendered,
    code,
    codes,
    reencoded,
    targetGrades: grades,
    targetScores: [...edit.targetScore],
    latentGrades: [...probe.grade(codes)],
    latentScores: [...probe.score(codes)],
    imageGrades: [...probe.grade(reencoded)],
    imageScores: [...probe.score(reencoded)],
    lengths: [...edit.length],
    lengthRatios: [...edit.lengthRatio],
  };
}
