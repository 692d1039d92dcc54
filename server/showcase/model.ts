/** The models that plugins bring along, opened for showing: each probe with its encoder. */

import {
  type CodeStatistics,
  type Encoder,
  type EncoderPlugin,
  encoders,
  FormatError,
  type Host,
  type Probe,
  type ProbePlugin,
  probes,
} from "@countergrade/countergrade";
import { readSafetensors } from "@countergrade/countergrade/formats";
import { type ModelBundle, models, type Workspace } from "@countergrade/countergrade/jobs";

/** An encoder with the probe of its codes. */
export interface ShownModel extends AsyncDisposable {
  /** The bundle's name. */
  readonly name: string;
  readonly description: string;
  /** The data set that it was trained on. */
  readonly dataset: string;
  readonly encoder: Encoder;
  readonly probe: Probe;
  readonly statistics: CodeStatistics;
}

/** Names of all models that plugins bring along. */
export function modelNames(host: Host): string[] {
  return host.names(models).toSorted();
}

/**
 * Opens the first probe of a bundle that is installed in the workspace.
 *
 * @throws {FormatError} When the bundle has no probe.
 */
export async function openModel(
  host: Host,
  workspace: Workspace,
  name: string,
): Promise<ShownModel> {
  const bundle = host.member(models, name);
  const id = await probeOf(bundle);
  const fitted = (await workspace.store.artifacts.get(id))!;
  const model = (await workspace.store.artifacts.get(String(fitted.metadata.encoder)))!;
  const read = (files: Readonly<Record<string, string>>, file: string) =>
    workspace.blobs.read(files[file]);
  const json = JSON.parse(new TextDecoder().decode(await read(fitted.files, "probe.json")));
  const { tensors } = readSafetensors(await read(fitted.files, "statistics.safetensors"));
  const plugin = host.member(encoders, String(model.metadata.plugin)) as EncoderPlugin;
  const encoder = await plugin.load(await read(model.files, "model.safetensors"));
  return {
    name,
    description: bundle.description,
    dataset: String(fitted.metadata.dataset),
    encoder,
    probe: (host.member(probes, json.plugin) as ProbePlugin).load(json),
    statistics: Object.fromEntries(tensors) as unknown as CodeStatistics,
    [Symbol.asyncDispose]: () => encoder[Symbol.asyncDispose](),
  };
}

async function probeOf({ name, folder }: ModelBundle): Promise<string> {
  const { artifacts } = JSON.parse(await Deno.readTextFile(new URL("models.json", folder)));
  const probe = artifacts.find(({ kind }: { kind: string }) => kind === "probe");
  if (!probe) throw new FormatError(`Cannot show model "${name}": it has no probe`);
  return probe.id;
}
