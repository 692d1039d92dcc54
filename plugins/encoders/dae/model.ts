/** A trained Diffusion Autoencoder: its file, and encode / encodeStochastic / render on it. */

import {
  type CallOptions,
  type Codes,
  concatRows,
  type Encoder,
  expectShape,
  FormatError,
  type Images,
  type ImageShape,
  InputError,
  type Latents,
  type LoadOptions,
  type Provider,
  rows,
  type SamplerOptions,
  type Tensor,
  zeros,
} from "@countergrade/countergrade";
import {
  constantSource,
  type DaeConfig,
  daeParameters,
  ddimInvert,
  ddimRender,
  type Denoiser,
  denoiserNetwork,
  encoderNetwork,
  Graph,
  imageShapeOf,
  linearSchedule,
  parameterCount,
  parseDaeConfig,
  predictedImage,
  type Schedule,
  Session,
  type SessionOptions,
  solverInvert,
  solverRender,
  StagedSession,
  startOn,
} from "@countergrade/countergrade/engine";
import { readSafetensors, writeSafetensors } from "@countergrade/countergrade/formats";
import { fromModelRange, toModelRange } from "./image_range.ts";

/** The samplers by name. */
const SAMPLERS = {
  "dpm-solver": { invert: solverInvert, render: solverRender },
  ddim: { invert: ddimInvert, render: ddimRender },
};

/** Their names. */
export const SAMPLER_NAMES = Object.keys(SAMPLERS);

/** 2M on one grid, 20 evaluations each way. */
export const DEFAULT_SAMPLER: SamplerOptions = {
  name: "dpm-solver",
  inversionSteps: 20,
  renderSteps: 20,
};

/** Images that go through the network at once; larger batches are cut. */
const CHUNK = 16;

/** Weights by name with what belongs to them: the content of a model file. */
export interface DaeModel {
  readonly config: DaeConfig;
  readonly weights: ReadonlyMap<string, Tensor>;
  /** Where the weights come from, as plain text facts. */
  readonly facts: Readonly<Record<string, string>>;
}

/** A model as one safetensors file. */
export function writeModel(model: DaeModel, storage: "F32" | "F16" = "F32"): Uint8Array {
  return writeSafetensors(model.weights, metadataOf(model), storage);
}

/** The metadata of a model's file. */
export function metadataOf({ config, facts }: Omit<DaeModel, "weights">): Record<string, string> {
  return { format: FORMAT, config: JSON.stringify(config), ...facts };
}

const FORMAT = "countergrade-dae";

/** Configuration and facts in the metadata of a file; undefined where it is none of ours. @throws {FormatError} */
export function configIn(
  metadata: Readonly<Record<string, string>>,
): Omit<DaeModel, "weights"> | undefined {
  const { format, config: text, ...facts } = metadata;
  if (format !== FORMAT || text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new FormatError("Cannot load the model: its configuration is not JSON");
  }
  return { config: parseDaeConfig(value), facts };
}

/** Reads a model file. @throws {FormatError} When it is no DAE of ours, or a parameter is missing, odd or not finite. */
export function readModel(bytes: Uint8Array): DaeModel {
  const { tensors, metadata } = readSafetensors(bytes);
  const own = configIn(metadata);
  if (!own) {
    throw new FormatError(
      `Cannot load the model: expected metadata format "${FORMAT}", current format is "${
        metadata.format ?? "none"
      }"`,
    );
  }
  checkShapes(own.config, tensors);
  for (const [name, value] of tensors) checkFinite(name, value);
  return { ...own, weights: tensors };
}

/** @throws {FormatError} Naming the first parameter that is missing or of another shape. */
export function checkShapes(
  config: DaeConfig,
  weights: ReadonlyMap<string, { readonly shape: readonly number[] }>,
): void {
  for (const { name, shape } of daeParameters(config)) {
    const value = weights.get(name);
    if (value?.shape.join() === shape.join()) continue;
    const current = value ? `shape is [${value.shape.join(", ")}]` : "file has none";
    throw new FormatError(
      `Cannot load the model: expected "${name}" of shape [${
        shape.join(", ")
      }], current ${current}`,
    );
  }
}

/** @throws {FormatError} When a parameter has values that are not finite. */
export function checkFinite(name: string, value: Tensor): Tensor {
  // x − x is 0 for finite numbers and NaN for others; one sum over all is much faster than a call for each.
  let sum = 0;
  for (let i = 0; i < value.data.length; i++) sum += value.data[i] - value.data[i];
  if (sum === 0) return value;
  throw new FormatError(`Cannot load the model: "${name}" has values that are not finite`);
}

/** The encoder on onnxruntime. Networks are compiled on first use. */
export class DaeEncoder implements Encoder {
  readonly imageShape: ImageShape;
  readonly codeSize: number;
  readonly details: Readonly<Record<string, string | number | boolean>>;
  readonly defaultSampler: SamplerOptions;
  readonly mirrors?: Encoder["mirrors"];
  #model: DaeModel;
  #schedule: Schedule;
  #threads: number;
  #provider: Provider;
  #encoder?: Promise<Session>;
  #denoiser?: Promise<StagedSession>;
  /** One tensor for each time that was asked for, so that what follows from it is kept too. */
  #times = new Map<number, Tensor>();
  #disposed = false;

  constructor(
    model: DaeModel,
    threads = 0,
    provider: Provider = "cpu",
    sampler: SamplerOptions = DEFAULT_SAMPLER,
  ) {
    const { config } = model;
    this.#model = model;
    this.defaultSampler = sampler;
    this.#threads = threads;
    this.#provider = provider;
    this.#schedule = linearSchedule(config.noiseSteps, ...config.betas);
    this.imageShape = imageShapeOf(config);
    this.codeSize = config.codeSize;
    if (config.laterality) {
      this.mirrors = ({ shape: [n, d], data }) =>
        Array.from({ length: n }, (_, i) => data[(i + 1) * d - 1] < 0);
    }
    this.details = {
      ...model.facts,
      parameters: parameterCount(daeParameters(config)),
      prediction: config.prediction,
      imageRange: config.imageRange.join(" … "),
      provider,
    };
  }

  /** An encoder on the provider that was asked for, or on the next one that starts, see {@linkcode startOn}. */
  static async start(model: DaeModel, options: LoadOptions = {}): Promise<DaeEncoder> {
    const { provider = "cpu", warn, sampler } = options;
    const { value } = await startOn(provider, async (provider) => {
      const encoder = new DaeEncoder(model, 0, provider, sampler);
      if (provider !== "cpu") await encoder.#warmUp();
      return encoder;
    }, warn);
    return value;
  }

  /** Compiles both networks and runs them on one empty image: where a device fails, it shall fail now. */
  async #warmUp(): Promise<void> {
    const x = zeros([1, ...this.imageShape]);
    try {
      await this.predict(x, zeros([1]), await this.encode(x));
    } catch (error) {
      await this[Symbol.asyncDispose]().catch(() => {});
      throw error;
    }
  }

  async encode(images: Images, { signal }: CallOptions = {}): Promise<Codes> {
    expectShape("encode images", images, [null, ...this.imageShape]);
    const session = await (this.#encoder ??= this.#compileEncoder());
    const codes = await inChunks(images.shape[0], async (start, end) => {
      signal?.throwIfAborted();
      return (await session.run({ x: toModelRange(rows(images, start, end), this.#model.config) }))
        .z;
    });
    return concatRows(codes);
  }

  async encodeStochastic(images: Images, codes: Codes, options: CallOptions = {}): Promise<Tensor> {
    expectShape("encode images", images, [null, ...this.imageShape]);
    expectShape("encode images with codes", codes, [images.shape[0], this.codeSize]);
    const sampler = options.sampler ?? this.defaultSampler;
    return await samplerNamed(sampler.name).invert(
      this.#denoise(codes),
      toModelRange(images, this.#model.config),
      this.#schedule,
      sampler.inversionSteps,
      this.#watched(options),
    );
  }

  async render({ codes, noise }: Latents, options: CallOptions = {}): Promise<Images> {
    expectShape("render codes", codes, [null, this.codeSize]);
    expectShape("render noise", noise, [codes.shape[0], ...this.imageShape]);
    const sampler = options.sampler ?? this.defaultSampler;
    const images = await samplerNamed(sampler.name).render(
      this.#denoise(codes),
      noise,
      this.#schedule,
      sampler.renderSteps,
      this.#watched(options),
    );
    return fromModelRange(images, this.#model.config);
  }

  /** What the U-Net itself says (ε, v or x₀) for noisy images in the model's range at times `[n]`. */
  async predict(x: Tensor, times: Tensor, codes: Codes): Promise<Tensor> {
    const session = await (this.#denoiser ??= this.#compileDenoiser());
    const parts = await inChunks(x.shape[0], async (start, end) => {
      const feeds = {
        x: rows(x, start, end),
        t: rows(times, start, end),
        z: rows(codes, start, end),
      };
      return (await session.run(feeds)).prediction;
    });
    return concatRows(parts);
  }

  /** A function that predicts for all images of `codes` at one time; what follows from codes or time alone is kept. */
  #predictor(codes: Codes): (x: Tensor, t: number) => Promise<Tensor> {
    const chunks: Codes[] = [];
    return async (x, t) => {
      const session = await (this.#denoiser ??= this.#compileDenoiser());
      let time = this.#times.get(t);
      if (!time) this.#times.set(t, time = { shape: [1], data: Float32Array.of(t) });
      const parts = await inChunks(x.shape[0], async (start, end) => {
        const z = chunks[start / CHUNK] ??= rows(codes, start, end);
        return (await session.run({ x: rows(x, start, end), t: time, z })).prediction;
      });
      return concatRows(parts);
    };
  }

  /** A function from noisy images and one time to predicted x₀, in the model's range. */
  #denoise(codes: Codes): Denoiser {
    const { prediction } = this.#model.config;
    const predict = this.#predictor(codes);
    return async (x, t) => {
      const said = await predict(x, t);
      const abar = this.#schedule.alphaBar(t);
      const [a, s] = [Math.sqrt(abar), Math.sqrt(1 - abar)];
      const data = x.data.map((value, i) => predictedImage(prediction, said.data[i], value, a, s));
      return { shape: x.shape, data };
    };
  }

  #watched({ signal, onStep }: CallOptions): CallOptions {
    return {
      signal,
      onStep: onStep &&
        ((step, total, preview) =>
          onStep(step, total, fromModelRange(preview, this.#model.config))),
    };
  }

  async #compileEncoder(): Promise<Session> {
    const graph = new Graph();
    const source = constantSource(graph, this.#model.weights);
    const x = graph.input("x", [CHUNK, ...this.imageShape]);
    graph.output("z", encoderNetwork(this.#model.config, source, x));
    return await Session.compile(graph, this.#sessionOptions());
  }

  async #compileDenoiser(): Promise<StagedSession> {
    const graph = new Graph();
    const source = constantSource(graph, this.#model.weights);
    const x = graph.input("x", [CHUNK, ...this.imageShape]);
    const t = graph.input("t", [CHUNK]);
    const z = graph.input("z", [CHUNK, this.codeSize]);
    graph.output("prediction", denoiserNetwork(this.#model.config, source, x, t, z));
    return await StagedSession.compile(graph, ["t", "z"], this.#sessionOptions());
  }

  /** Nobody would dispose a session that is compiled after the disposal. */
  #sessionOptions(): SessionOptions {
    if (this.#disposed) throw new TypeError("Cannot use the encoder: it is disposed");
    return { dynamicBatch: true, threads: this.#threads, provider: this.#provider };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    for (const session of [this.#encoder, this.#denoiser]) {
      await (await session)?.[Symbol.asyncDispose]();
    }
    this.#encoder = this.#denoiser = undefined;
  }
}

function samplerNamed(name: string) {
  if (Object.hasOwn(SAMPLERS, name)) return SAMPLERS[name as keyof typeof SAMPLERS];
  const known = Object.keys(SAMPLERS).join(", ");
  throw new InputError(`Cannot sample: expected one of ${known}, current sampler is "${name}"`, [
    "sampler",
  ]);
}

async function inChunks<T>(
  n: number,
  run: (start: number, end: number) => Promise<T>,
): Promise<T[]> {
  const out: T[] = [];
  for (let start = 0; start < n; start += CHUNK) {
    out.push(await run(start, Math.min(start + CHUNK, n)));
  }
  return out;
}
