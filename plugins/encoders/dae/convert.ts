/** Checkpoints of the PyTorch reference, and safetensors with its names, as model files of ours. */

import {
  type ByteSource,
  type ConvertHints,
  FormatError,
  type StoredTensor,
} from "@countergrade/countergrade";
import { type DaeConfig, daeParameters } from "@countergrade/countergrade/engine";
import {
  openSafetensors,
  openTorchCheckpoint,
  writeSafetensors,
} from "@countergrade/countergrade/formats";
import { checkpointConfig } from "./checkpoint_config.ts";
import { readHyperParameters } from "./hyper_parameters.ts";
import { checkFinite, checkShapes, configIn, metadataOf } from "./model.ts";

/** A model whose weights are still in their file. */
export interface ForeignModel {
  readonly config: DaeConfig;
  readonly weights: ReadonlyMap<string, StoredTensor>;
  readonly facts: Readonly<Record<string, string>>;
}

/** Every network of Diff-AE has these two parameters. */
const MARKS = ["input_blocks.0.0.weight", "encoder.input_blocks.0.0.weight"];

/** What the names of parameters of these networks begin with; whatever else is in a file is not the model. */
const PARTS = /^(time_embed|input_blocks|middle_block|output_blocks|out|encoder)\./;

/**
 * Converts a file; of a training's checkpoint only the weights that are taken are read, one at a time. These are the
 * averaged ones where there are any. What shapes cannot tell comes from `hints`, else from the hyper-parameters, else it
 * is assumed, and the model's facts say so.
 *
 * @throws {FormatError} When the file is neither a checkpoint nor safetensors, or its weights are not those of a
 * Diffusion Autoencoder that can be computed here.
 */
export function convertDae(
  file: ByteSource,
  fileName: string,
  hints: ConvertHints = {},
): Uint8Array {
  const model = openForeignModel(file, fileName, hints);
  return writeSafetensors(model.weights, metadataOf(model));
}

/** As {@linkcode convertDae}, without reading the weights yet. */
export function openForeignModel(
  file: ByteSource,
  fileName: string,
  hints: ConvertHints = {},
): ForeignModel {
  const { tensors, metadata, hyperParameters } = openFile(file, fileName);
  const prefix = prefixOf([...tensors.keys()]);
  if (prefix === undefined) {
    throw new FormatError(
      `Cannot import "${fileName}": expected the weights of a Diffusion Autoencoder, ` +
        `"${MARKS.find((name) => !tensors.has(name)) ?? MARKS[0]}" is missing`,
    );
  }
  const found = new Map<string, StoredTensor>();
  for (const [name, stored] of tensors) {
    const own = name.slice(prefix.length);
    if (name.startsWith(prefix) && PARTS.test(own)) found.set(own, stored);
  }
  const own = configIn(metadata);
  const { config, assumed } = own ? { config: own.config, assumed: [] } : checkpointConfig(
    new Map([...found].map(([name, { shape }]) => [name, shape])),
    readHyperParameters(hyperParameters),
    hints,
    [...tensors].find(([name]) => /(^|\.)x_T$/.test(name))?.[1].shape,
  );
  const weights = weightsOf(config, found);
  const facts: Record<string, string> = own ? own.facts : {
    importedFrom: fileName,
    weights: isAveraged(prefix) ? "averaged (EMA)" : "as trained",
    ...(assumed.length ? { assumed: assumed.join("; ") } : {}),
  };
  return { config, weights, facts };
}

function openFile(file: ByteSource, fileName: string): {
  tensors: ReadonlyMap<string, StoredTensor>;
  metadata: Readonly<Record<string, string>>;
  hyperParameters: Readonly<Record<string, unknown>>;
} {
  // Safetensors begin with the length of a JSON header, which begins with a brace.
  const start = file.read(0, Math.min(9, file.size));
  if (start[8] !== 0x7b) return { metadata: {}, ...openTorch(file, fileName) };
  return { hyperParameters: {}, ...openSafetensors(file) };
}

function openTorch(file: ByteSource, fileName: string) {
  try {
    return openTorchCheckpoint(file);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new FormatError(
      `Cannot import "${fileName}": expected a zip archive of PyTorch, or safetensors. ${error.message}`,
      { cause: error },
    );
  }
}

/** What stands before the names of the model's parameters: that of averaged weights first, then the shortest. */
function prefixOf(names: readonly string[]): string | undefined {
  const known = new Set(names);
  return names.filter((name) => name.endsWith(MARKS[0]))
    .map((name) => name.slice(0, -MARKS[0].length))
    .filter((prefix) => MARKS.every((mark) => known.has(prefix + mark)))
    .toSorted((a, b) => Number(isAveraged(b)) - Number(isAveraged(a)) || a.length - b.length)[0];
}

/** `ema_model.`, `model_ema.`, `ema.` … */
function isAveraged(prefix: string): boolean {
  return /(^|[._])ema([._]|$)/.test(prefix);
}

/** The configuration's parameters, in its order. @throws {FormatError} When there are others, or some are missing. */
function weightsOf(
  config: DaeConfig,
  found: ReadonlyMap<string, StoredTensor>,
): Map<string, StoredTensor> {
  checkShapes(config, found);
  const names = daeParameters(config).map(({ name }) => name);
  const expected = new Set(names);
  const extra = [...found.keys()].find((name) => !expected.has(name));
  if (extra !== undefined) {
    throw new FormatError(
      `Cannot import the checkpoint: "${extra}" is no parameter of a Diffusion Autoencoder with this configuration`,
    );
  }
  return new Map(names.map((name) => {
    const stored = found.get(name)!;
    const read = () => checkFinite(name, stored.read());
    return [name, { shape: stored.shape, read }];
  }));
}
