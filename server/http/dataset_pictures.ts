/** The images of data sets, to look at: opened once, rendered to PNG when somebody asks. */

import {
  type Dataset,
  type Host,
  type Images,
  InputError,
  NotFoundError,
  row,
} from "@countergrade/countergrade";
import { toPng } from "@countergrade/countergrade/images";
import { cutText, type PlaneCut, planePng } from "./plane_cut.ts";
import { sha256 } from "@countergrade/countergrade/jobs";

/** How many images are kept in memory. */
const KEPT = 256;
/** How many images are got from a data set at once. */
const AT_ONCE = 4;

/** One image of a data set with its label. */
export interface DatasetPicture {
  readonly dataset: Dataset;
  readonly split: string;
  /** Its place in the split, from 0. */
  readonly index: number;
  /** The data set's own name for it. */
  readonly imageId: string;
  readonly label: number;
  /** `[1, c, h, w]` in [-1, 1]. */
  readonly image: Images;
  /** Of a volume: where it lies in the patient, see `Batch.affines`. */
  readonly affine?: readonly number[];
}

/** Shows the data sets of a host. */
export class DatasetPictures {
  readonly #host: Host;
  #opened = new Map<string, Promise<Dataset>>();
  #kept = new Map<string, DatasetPicture>();
  #labels = new Map<string, Promise<readonly number[]>>();
  #listing?: Promise<{ id: string; title: string }[]>;

  constructor(host: Host) {
    this.#host = host;
  }

  /** Ids and titles of all data sets, without opening them. */
  async list(): Promise<{ id: string; title: string }[]> {
    // Those who ask at the same time share an answer: each folder is read for it.
    this.#listing ??= this.#host.discoverDatasets().finally(() => this.#listing = undefined);
    return await this.#listing;
  }

  /** Opens a data set, or returns the one that is open. @throws {NotFoundError} @throws {FormatError} */
  async dataset(id: string): Promise<Dataset> {
    const opened = this.#opened.get(id) ?? this.#host.openDataset(id);
    this.#opened.set(id, opened);
    // A damaged file may be replaced: the next caller tries again.
    opened.catch(() => this.#opened.delete(id));
    return await opened;
  }

  /**
   * The images of a split from index `start` on, at most `count`.
   *
   * @throws {InputError} When there is no such split.
   */
  async images(dataset: Dataset, split: string, start: number, count: number) {
    const size = sizeOfSplit(dataset, split);
    const indices = Array.from(
      { length: Math.max(0, Math.min(count, size - start)) },
      (_, i) => start + i,
    );
    const missing = indices.filter((index) => !this.#kept.has(keyOf(dataset, split, index)));
    const fresh = new Map<number, DatasetPicture>();
    for (let at = 0; at < missing.length; at += AT_ONCE) {
      // Images that are drawn or decoded here keep the thread: others get their turn in between.
      if (at > 0) await new Promise((resolve) => setTimeout(resolve));
      const wanted = missing.slice(at, at + AT_ONCE);
      const { ids, images, labels, affines } = await dataset.get(split, wanted);
      wanted.forEach((index, i) =>
        fresh.set(index, {
          dataset,
          split,
          index,
          imageId: ids[i],
          label: labels[i],
          image: { shape: [1, ...images.shape.slice(1)], data: row(images, i).data.slice() },
          affine: affines?.[i],
        })
      );
    }
    return indices.map((index) => {
      const key = keyOf(dataset, split, index);
      const item = fresh.get(index) ?? this.#kept.get(key)!;
      this.#keep(key, item);
      return item;
    });
  }

  /** The labels of all images of a split, in its order; read once. @throws {InputError} When there is no such split. */
  async labels(dataset: Dataset, split: string): Promise<readonly number[]> {
    const key = keyOf(dataset, split, -1);
    const known = this.#labels.get(key) ?? readLabels(dataset, split);
    this.#labels.set(key, known);
    // What failed is tried again.
    known.catch(() => this.#labels.delete(key));
    return await known;
  }

  /** One image. @throws {NotFoundError} When the split has no such index. */
  async image(dataset: Dataset, split: string, index: number): Promise<DatasetPicture> {
    const [item] = Number.isInteger(index) && index >= 0
      ? await this.images(dataset, split, index, 1)
      : [];
    if (!item) throw new NotFoundError(`image of split "${split}"`, String(index));
    return item;
  }

  #keep(key: string, item: DatasetPicture): void {
    this.#kept.delete(key);
    this.#kept.set(key, item);
    if (this.#kept.size > KEPT) this.#kept.delete(this.#kept.keys().next().value!);
  }
}

/** How many images are got at once for their labels. */
const BLOCK = 64;

async function readLabels(dataset: Dataset, split: string): Promise<readonly number[]> {
  const size = sizeOfSplit(dataset, split);
  const labels: number[] = [];
  while (labels.length < size) {
    const count = Math.min(BLOCK, size - labels.length);
    const from = labels.length;
    const batch = await dataset.get(split, Array.from({ length: count }, (_, i) => from + i));
    labels.push(...batch.labels);
    // Others get their turn.
    await new Promise((resolve) => setTimeout(resolve));
  }
  return labels;
}

/** The number of images of a split. @throws {InputError} Naming the splits that exist. */
export function sizeOfSplit(dataset: Dataset, split: string): number {
  if (!Object.hasOwn(dataset.splits, split)) {
    const known = Object.keys(dataset.splits).join(", ");
    throw new InputError(`Cannot find split "${split}": data set ${dataset.id} has ${known}`, [
      "split",
    ]);
  }
  return dataset.splits[split];
}

/** The PNG file of an image, or of a plane of a volume. @throws {InputError} When there is no such plane. */
export function pngOf({ image }: DatasetPicture, cut?: PlaneCut): Uint8Array<ArrayBuffer> {
  return cut ? planePng(image, cut) : toPng(image, 0);
}

/** Where an image is found; the version changes with the data set's content, so the address never changes meaning. */
export function addressOf({ dataset, split, index }: DatasetPicture, cut?: PlaneCut): string {
  const [id, name] = [dataset.id, split].map(encodeURIComponent);
  const part = cut ? `&${cutText(cut)}` : "";
  return `/datasets/${id}/${name}/${index}.png?v=${versionOf(dataset)}${part}`;
}

/** A short hash of a data set's fingerprint. */
export function versionOf({ fingerprint }: Dataset): string {
  return sha256(fingerprint).slice(0, 16);
}

function keyOf({ id, fingerprint }: Dataset, split: string, index: number): string {
  return JSON.stringify([id, fingerprint, split, index]);
}
