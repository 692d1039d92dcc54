/** What the options of a task name: whether it is there is found when the job is asked for, not when its turn comes. */

import { InputError, NotFoundError } from "@countergrade/countergrade";
import type { z } from "zod";
import { type JsonSchema, jsonSchemaOf, withoutNull } from "../schema/generated/json_schema.ts";
import { referenceOf } from "./references.ts";

/** Looks things up, as the caller may see them. */
export interface Known {
  /** The kind of an artifact; undefined when there is none. */
  kindOf(id: string): Promise<string | undefined>;
  /** The ids of all data sets. */
  datasets(): Promise<readonly string[]>;
  /** The sizes of a data set's splits; undefined where they are not known yet. */
  splitsOf(dataset: string): Promise<Readonly<Record<string, number>> | undefined>;
}

type Path = readonly (string | number)[];

/**
 * Looks up all ids among options, however deep.
 *
 * @throws {NotFoundError} With the way to the first option whose id names nothing, or something of another kind.
 */
export async function checkReferences(
  schema: z.ZodType,
  options: unknown,
  known: Known,
): Promise<void> {
  for (const { to, id, path } of references(schema, options)) {
    if (to === "dataset") {
      const all = await known.datasets();
      if (!all.includes(id)) throw new NotFoundError("data set", id, all, path);
    } else if (await known.kindOf(id) !== to) throw new NotFoundError(to, id, undefined, path);
  }
}

/** Something that an option names. */
export interface Reference {
  /** `dataset`, or the kind of an artifact. */
  readonly to: string;
  readonly id: string;
  /** From the options down to where it stands. */
  readonly path: Path;
}

/** What the options of a task name, however deep. */
export function references(schema: z.ZodType, options: unknown): Reference[] {
  return [...referencesIn("", jsonSchemaOf(schema, "input"), options, [])];
}

function* referencesIn(
  key: string,
  schema: JsonSchema,
  value: unknown,
  path: Path,
): Generator<Reference> {
  const { schema: plain } = withoutNull(schema);
  if (typeof value === "string") {
    const to = referenceOf(key, plain);
    if (to !== undefined) yield { to, id: value, path };
  } else if (Array.isArray(value)) {
    const item = plain.items ?? {};
    for (const [i, part] of value.entries()) yield* referencesIn("", item, part, [...path, i]);
  } else if (typeof value === "object" && value !== null) {
    for (const [name, property] of Object.entries(plain.properties ?? {})) {
      const part = (value as Record<string, unknown>)[name];
      yield* referencesIn(name, property, part, [...path, name]);
    }
  }
}

/** The options that name an image of the data set `dataset`: its split, and its place in it. */
const PLACES = [["split", "index"], ["split", "indices"], ["toSplit", "toIndex"]] as const;

/**
 * Looks whether a data set has the images that options name.
 *
 * @throws {InputError} With the way to the option at fault.
 */
export async function checkPlaces(options: unknown, known: Known): Promise<void> {
  const { dataset, ...given } = options as Readonly<Record<string, unknown>>;
  if (typeof dataset !== "string" || typeof given.split !== "string") return;
  const splits = await known.splitsOf(dataset);
  if (!splits) return;
  for (const [splitName, placeName] of PLACES) {
    const split = given[splitName] ?? given.split;
    if (typeof split !== "string") continue;
    if (!Object.hasOwn(splits, split)) {
      const names = Object.keys(splits).join(", ");
      throw new InputError(`Cannot find split "${split}": data set ${dataset} has ${names}`, [
        splitName,
      ]);
    }
    const places = [given[placeName]].flat();
    const beyond = places.findIndex((place) => typeof place === "number" && place >= splits[split]);
    if (beyond < 0) continue;
    throw new InputError(
      `Cannot take an image of "${dataset}": expected an index below ${
        splits[split]
      }, the number of images in "${split}", current index is ${places[beyond]}`,
      Array.isArray(given[placeName]) ? [placeName, beyond] : [placeName],
    );
  }
}
