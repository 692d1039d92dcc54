/** The models to choose from: encoders, the probes on their codes, and the editors that move codes. */

import { computed, signal } from "@preact/signals";
import { insist } from "../../shared/client.ts";
import { everyNode } from "../../shared/pages.ts";
import { loadJudges, type StoredJudges } from "../../shared/judges.ts";
import { type Member, MEMBERS, type Model, MODELS } from "../../shared/operations.ts";
import { inOrder } from "../../shared/model_order.ts";

/** All probes whose encoder is there; nothing before the server has answered. */
export const models = signal<readonly Model[] | undefined>(undefined);

/** The installed editors. */
export const editors = signal<readonly Member[]>([]);

/** Every encoder once, in the order of its first probe. */
export const encoders = computed(() => {
  const all = (models.value ?? []).map(({ encoder }) => encoder!);
  return all.filter(({ id }, i) => all.findIndex((other) => other.id === id) === i);
});

/** The probes of an encoder. */
export function probesOf(encoderId: string | undefined): readonly Model[] {
  return models.value?.filter(({ encoder }) => encoder?.id === encoderId) ?? [];
}

/** Those that are stored. */
export const judges = signal<StoredJudges | undefined>(undefined);

/** Shuffled labels that are told as well more often than `p`, on as many images at least: the probe tells no more than chance. */
const CHANCE = [{ images: 100, p: 0.001 }, { images: 20, p: 0.01 }, { images: 0, p: 0.05 }];

/** Whether a probe is known to tell no more than chance. */
export function tellsNothing({ chance }: Model): boolean {
  return chance !== null && chance.p > CHANCE.find(({ images }) => chance.images >= images)!.p;
}

/** Asks what there is, for as long as it takes. */
export async function loadModels(): Promise<void> {
  const probes = await everyNode<Model>(MODELS);
  const { plugins } = await insist<{ plugins: { members: Member[] }[] }>(MEMBERS);
  judges.value = await loadJudges();
  const usable = probes.filter(({ encoder }) => encoder);
  editors.value = plugins.flatMap(({ members }) => members)
    .filter(({ family }) => family === "editors");
  models.value = inOrder(usable);
}

/** The splits to look at: first those that were not trained on. */
export function splitsOf(model: Model | undefined): { name: string; size: number }[] {
  const splits = model?.dataset?.splits.filter(({ size }) => size > 0) ?? [];
  const trained = ({ name }: { name: string }) => name === "train";
  return [...splits.filter((split) => !trained(split)), ...splits.filter(trained)];
}
