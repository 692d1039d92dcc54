/** What of a path's options cannot work is known before it is rendered: told when it is asked for. */

import {
  type Artifact,
  type EncoderPlugin,
  encoders,
  InputError,
  type LabelScale,
  type PluginHost,
  type SamplerOptions,
} from "@countergrade/countergrade";
import { checkLoop } from "./close_loop.ts";
import type { PathMaking } from "./setup.ts";
import { checkTargets, type TargetOptions } from "./targets.ts";

/** Looks at targets, closed loop and sampler. @throws {InputError} With the way to the option at fault. */
export async function checkPath(
  options: TargetOptions & Pick<PathMaking, "probe" | "sampler" | "closeLoop" | "judge">,
  host: PluginHost,
  stored: (id: string) => Promise<Artifact | undefined>,
): Promise<void> {
  const probe = await stored(options.probe);
  const scale = probe?.metadata.scale as LabelScale | undefined;
  checkLoop(options, scale);
  if (!probe || !scale) return;
  checkTargets(options, scale);
  await checkSampler(options.sampler, String(probe.metadata.encoder), host, stored);
}

/** @throws {InputError} When the encoder has no such sampler. */
export async function checkSampler(
  sampler: SamplerOptions | undefined,
  encoder: string,
  host: PluginHost,
  stored: (id: string) => Promise<Artifact | undefined>,
): Promise<void> {
  const name = (await stored(encoder))?.metadata.plugin;
  const plugin = host.members<EncoderPlugin>(encoders).find((member) => member.name === name);
  if (!sampler || !plugin?.samplers || plugin.samplers.includes(sampler.name)) return;
  throw new InputError(
    `Cannot find sampler "${sampler.name}": expected one of ${plugin.samplers.join(", ")}`,
    ["sampler", "name"],
  );
}
