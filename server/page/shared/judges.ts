/** Second opinions: who could look at the frames of a model's paths beside its probe. */

import { insist } from "./client.ts";
import { JUDGES, type Model } from "./operations.ts";

/** What a judge is called in its options, by its plugin. */
const BY = { network: "classifier", onnx: "model", kserve: "model", probe: "probe" };

/** A second opinion: which judge, and the id of what it judges by. */
export interface JudgeChoice {
  readonly by: keyof typeof BY;
  readonly id: string;
}

/** The option of a task. */
export function judgeInput({ by, id }: JudgeChoice): object {
  return { [by]: { [BY[by]]: id } };
}

/** "network:classifier-12ab": a judge as one word. */
export function judgeText({ by, id }: JudgeChoice): string {
  return `${by}:${id}`;
}

/** The judge of a word; nothing where it is none. */
export function judgeFrom(text: string | null): JudgeChoice | undefined {
  const [, by, id] = text?.match(/^(\w+):([\w-]+)$/) ?? [];
  return by && Object.hasOwn(BY, by) ? { by: by as JudgeChoice["by"], id } : undefined;
}

/** What could look at frames beside the probe, as it is stored. */
interface StoredJudge {
  readonly id: string;
  readonly title: string;
  readonly metadata: { readonly scale?: { readonly names: readonly string[] } };
  readonly files: readonly { readonly name: string }[];
}

/** All of them. */
export interface StoredJudges {
  readonly networks: { readonly nodes: readonly StoredJudge[] };
  readonly classifiers: { readonly nodes: readonly StoredJudge[] };
}

/** Asks for them, for as long as it takes. */
export async function loadJudges(): Promise<StoredJudges> {
  return await insist<StoredJudges>(JUDGES);
}

/** Who could judge the frames of a model: networks of its labels, imported ones, probes on other encoders. */
export function judgesOf(
  { scale, encoder }: Model,
  models: readonly Model[],
  { networks, classifiers }: StoredJudges,
): (JudgeChoice & { title: string })[] {
  const alike = (names?: readonly string[]) => names?.join("\n") === scale.names.join("\n");
  const trained = networks.nodes.filter(({ metadata }) => alike(metadata.scale?.names));
  const probes = models.filter((other) =>
    other.encoder?.id !== encoder?.id && alike(other.scale.names) &&
    // What reads pictures reads no volumes.
    other.encoder?.imageShape.length === encoder?.imageShape.length
  );
  return [
    ...trained.map(({ id, title }) => ({ by: "network" as const, id, title })),
    ...classifiers.nodes.map(({ id, title, files }) => {
      // What runs elsewhere has no model here.
      const isServed = files.some(({ name }) => name === "judge.json");
      return { by: isServed ? "kserve" as const : "onnx" as const, id, title };
    }),
    ...probes.map(({ id, title }) => ({ by: "probe" as const, id, title })),
  ];
}
