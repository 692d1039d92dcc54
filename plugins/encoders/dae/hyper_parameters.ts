/** Hyper-parameters as the PyTorch code of Diff-AE names them: those that say more than shapes do. */

import { FormatError } from "@countergrade/countergrade";

/** What a checkpoint says about itself; undefined where it says nothing. */
export interface HyperParameters {
  readonly imageSize?: number;
  readonly heads?: number;
  /** Residual blocks per encoder level. */
  readonly encoderBlocks?: number;
  readonly noiseSteps?: number;
  readonly prediction: "eps" | "x0";
  /** Whose code wrote it; undefined where nothing is said at all. */
  readonly origin?: "official" | "fork";
  /** Classes whose fields could not be read. */
  readonly unread: readonly string[];
}

/** Names that say the same, the first one that is there counts. `model_conf` is what the network's class was given. */
const NAMES = {
  imageSize: ["img_size", "model_conf.image_size"],
  heads: ["net_beatgans_attn_head", "model_conf.num_heads"],
  encoderBlocks: ["net_enc_num_res_blocks", "model_conf.enc_num_res_block"],
  noiseSteps: ["T"],
} as const;

/** What is predicted, by the names and values of the enumeration `ModelMeanType`. */
const PREDICTIONS: Readonly<Record<string, "eps" | "x0">> = {
  eps: "eps",
  start_x: "x0",
  x_start: "x0",
};

/** Encoder endings that are the mean over positions. */
const POOLS = ["adaptive", "adaptivenonzero"];

/**
 * Reads hyper-parameters. The medical fork is known by `in_channels`, which official diffae has only in `model_conf`.
 *
 * @throws {FormatError} When they ask for something that is not computed here: what would run would be another model.
 */
export function readHyperParameters(values: Readonly<Record<string, unknown>>): HyperParameters {
  const given = flat(values);
  const number = (names: readonly string[]) =>
    names.map((name) => given.get(name)).find((value) =>
      typeof value === "number" && Number.isSafeInteger(value) && value > 0
    ) as number | undefined;
  const noiseSteps = number(NAMES.noiseSteps);
  allow(given, "beta_scheduler", ["linear"]);
  allow(given, "net_enc_pool", POOLS);
  allow(given, "model_conf.enc_pool", POOLS);
  allow(given, "net_enc_use_time", [false]);
  allow(given, "net_autoenc_stochastic", [false]);
  if (noiseSteps !== 1000) allow(given, "beatgans_rescale_timesteps", [false]);
  allow(given, "beatgans_model_mean_type", Object.keys(PREDICTIONS));
  return {
    imageSize: number(NAMES.imageSize),
    heads: number(NAMES.heads),
    encoderBlocks: number(NAMES.encoderBlocks),
    noiseSteps,
    prediction: PREDICTIONS[String(given.get("beatgans_model_mean_type") ?? "eps")],
    origin: !knownIn(given) ? undefined : given.has("in_channels") ? "fork" : "official",
    unread: unreadIn(values),
  };
}

/** Whether any name is one that is looked for: others may be anybody's. */
function knownIn(given: ReadonlyMap<string, unknown>): boolean {
  const names = new Set<string>([...Object.values(NAMES).flat(), "in_channels"]);
  return [...given.keys()].some((name) =>
    names.has(name) || /^(model_conf\.|net_|beatgans_|beta_scheduler$)/.test(name)
  );
}

/** Classes among configuration objects that show no fields. */
function unreadIn(values: Readonly<Record<string, unknown>>): string[] {
  const parts = "$class" in values ? { hyper_parameters: values } : values;
  return Object.entries(parts).flatMap(([name, value]) =>
    isRecord(value) && typeof value.$class === "string" && (CONTAINERS.has(name)) &&
      fieldsOf(value) === undefined
      ? [value.$class]
      : []
  );
}

/** Names of hyper-parameters that hold others. */
const CONTAINERS = new Set(["conf", "config", "hparams", "model_conf", "hyper_parameters"]);

function allow(given: ReadonlyMap<string, unknown>, name: string, values: readonly unknown[]) {
  const value = given.get(name);
  if (value === undefined || value === null || values.includes(value)) return;
  throw new FormatError(
    `Cannot import the checkpoint: expected the hyper-parameter ${name} to be ${
      values.join(" or ")
    }, it is ${JSON.stringify(value)}`,
  );
}

/** Values by name: a configuration object counts as its fields, an enumeration's member as its value. */
function flat(values: Readonly<Record<string, unknown>>): Map<string, unknown> {
  const fields = new Map<string, unknown>();
  for (const [name, value] of Object.entries(fieldsOf(values) ?? {})) {
    const inner = isRecord(value) ? value : {};
    if (name === "conf" || name === "config" || name === "hparams") {
      for (const [key, part] of flat(inner)) fields.set(key, part);
    } else if (name === "model_conf") {
      for (const [key, part] of flat(inner)) fields.set(`model_conf.${key}`, part);
    } else fields.set(name, memberOf(value));
  }
  return fields;
}

/**
 * The fields of an object, whatever its class: its items where it is a dict, as Lightning's AttributeDict; its content where
 * it is OmegaConf's, whose values are wrapped; else its attributes.
 */
function fieldsOf(value: unknown): Record<string, unknown> | undefined {
  if (!isRecord(value)) return undefined;
  if (!("$class" in value)) return value;
  const { items, state } = value;
  if (isRecord(items) && !("$entries" in items)) return items;
  const content = isRecord(state) ? state._content : undefined;
  if (!isRecord(content)) return isRecord(state) ? fieldsOf(state) : undefined;
  return Object.fromEntries(Object.entries(content).map(([name, node]) => [name, unwrapped(node)]));
}

/** A value of OmegaConf without the node around it. */
function unwrapped(node: unknown): unknown {
  const state = isRecord(node) && "$class" in node ? node.state : undefined;
  return isRecord(state) && "_val" in state ? state._val : node;
}

function memberOf(value: unknown): unknown {
  if (isRecord(value) && "$class" in value && Array.isArray(value.args)) return value.args[0];
  return value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
