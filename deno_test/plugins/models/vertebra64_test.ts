/** The embedded default, measured on phantoms that it has not seen: what the pixels say, not what the probe says. */

import { assert, assertEquals } from "@std/assert";
import {
  type CodeStatistics,
  concatRows,
  editors,
  type Encoder,
  encoders,
  Host,
  type Latents,
  type Probe,
  probes,
  row,
  takeRows,
} from "@countergrade/countergrade";
import { ssim } from "@countergrade/countergrade/images";
import { installModels, shortNames, Workspace } from "@countergrade/countergrade/jobs";
import { spearman } from "@countergrade/countergrade/review";
import { builtins } from "@countergrade/countergrade/plugins";
import { compareAdjacentAnatomy } from "../../../plugins/datasets/vertebra/adjacent_anatomy.ts";
import { gradeOfHeightLoss } from "../../../plugins/datasets/vertebra/grade.ts";
import { measureHeightLoss } from "../../../plugins/datasets/vertebra/measure.ts";
import { openVertebra } from "../../../plugins/datasets/vertebra/dataset.ts";
import { readStatistics } from "../../../plugins/tasks/encoders/models.ts";

/** Held-out images: one path each. */
const PATHS = 20;
const GRADES = [0, 1, 2, 3];
/** Frames whose surroundings are compared. */
const COMPARED = 40;
/** Latents rendered at once. */
const CHUNK = 40;
/** As many evaluations as the model takes; here without what they miss added to the frames. */
const SAMPLER = { name: "dpm-solver", inversionSteps: 5, renderSteps: 5 } as const;

interface Embedded {
  readonly encoder: Encoder;
  readonly probe: Probe;
  readonly statistics: CodeStatistics;
}

/** The encoder and the probe as a fresh workspace has them. */
async function embedded(host: Host, workspace: Workspace): Promise<Embedded> {
  await installModels(workspace, host);
  const names = await shortNames(host);
  const named = async (kind: string) => {
    const { id } = names.find((one) => one.name === "vertebra64" && one.kind === kind)!;
    return (await workspace.store.artifacts.get(id))!;
  };
  const [model, fitted] = [await named("encoder"), await named("probe")];
  assertEquals(fitted.metadata.encoder, model.id);
  const read = (files: Readonly<Record<string, string>>, name: string) =>
    workspace.blobs.read(files[name]);
  const json = JSON.parse(new TextDecoder().decode(await read(fitted.files, "probe.json")));
  return {
    encoder: await host.member(encoders, "dae").load(await read(model.files, "model.safetensors")),
    probe: host.member(probes, json.plugin).load(json),
    statistics: readStatistics(await read(fitted.files, "statistics.safetensors")),
  };
}

async function renderAll(encoder: Encoder, { codes, noise }: Latents) {
  const parts = [];
  for (let start = 0; start < codes.shape[0]; start += CHUNK) {
    const indices = Array.from(
      { length: Math.min(CHUNK, codes.shape[0] - start) },
      (_, i) => start + i,
    );
    parts.push(
      await encoder.render(
        { codes: takeRows(codes, indices), noise: takeRows(noise, indices) },
        { sampler: SAMPLER },
      ),
    );
  }
  return concatRows(parts);
}

Deno.test(
  "the embedded default reconstructs unseen phantoms and its counterfactuals lose the height asked for",
  { timeout: 240_000 },
  async (t) => {
    const home = await Deno.makeTempDir();
    await using host = await Host.boot(builtins);
    {
      await using workspace = await Workspace.open(home);
      const { encoder, probe, statistics } = await embedded(host, workspace);
      await using _ = encoder;
      const phantom = openVertebra({ seed: 1 });
      const { images } = await phantom.get(
        "test",
        Array.from({ length: PATHS }, (_, i) => i),
      );
      const codes = await encoder.encode(images);
      const noise = await encoder.encodeStochastic(images, codes, { sampler: SAMPLER });

      await t.step("reconstruction SSIM ≥ 0.9 on every image", async () => {
        const few = Int32Array.from({ length: 16 }, (_, i) => i);
        const rendered = await encoder.render({
          codes: takeRows(codes, few),
          noise: takeRows(noise, few),
        });
        const similarity = ssim(takeRows(images, few), rendered);
        assert(Math.min(...similarity) >= 0.9, `lowest SSIM ${Math.min(...similarity)}`);
      });

      await t.step(
        `Spearman ≥ 0.9 of requested grade and measured height loss over ${PATHS} paths`,
        async () => {
          const rows = Int32Array.from(
            { length: PATHS * GRADES.length },
            (_, i) => Math.floor(i / GRADES.length),
          );
          const requested = Array.from(rows, (_, i) => GRADES[i % GRADES.length]);
          const editor = host.member(editors, "pattern");
          const edit = await editor.edit(
            { codes: takeRows(codes, rows), noise: takeRows(noise, rows) },
            probe,
            requested.map((grade) => ({ grade })),
            editor.options.parse({}),
            { statistics },
          );
          const frames = await renderAll(encoder, edit.latents);
          const measured = requested.map((_, i) => measureHeightLoss(row(frames, i)));
          const found = measured.filter((item) => item.found).length;
          assert(
            found >= 0.98 * measured.length,
            `the vertebra was found in ${found} of ${measured.length} frames`,
          );
          const losses = measured.map((item) => item.found ? item.heightLoss : 0);
          const correlation = spearman(requested, losses);
          assert(correlation >= 0.9, `Spearman ${correlation}`);
          const error =
            losses.reduce((sum, h, i) => sum + Math.abs(gradeOfHeightLoss(h) - requested[i]), 0) /
            losses.length;
          assert(error < 0.5, `mean absolute error ${error} grades`);
          const kept = measured.slice(0, COMPARED).map(({ heightLoss }, i) => {
            const shown = Math.min(0.55, Math.max(0, heightLoss));
            const expected = phantom.counterfactual("test", rows[i], shown);
            const truth = { ...phantom.drawn("test", rows[i]), heightLoss: shown };
            return compareAdjacentAnatomy(row(frames, i), expected, truth);
          });
          const mean = (of: (one: typeof kept[number]) => number) =>
            kept.reduce((sum, one) => sum + of(one), 0) / kept.length;
          const surroundings = {
            rmse: mean((k) => k.rmse),
            correlation: mean((k) => k.correlation),
          };
          assert(
            surroundings.rmse < 0.05 && surroundings.correlation > 0.98,
            JSON.stringify(surroundings),
          );
          console.log(
            `Spearman ${correlation.toFixed(3)}, mean absolute error ${error.toFixed(3)} grades`,
          );
        },
      );
    }
    await Deno.remove(home, { recursive: true });
  },
);
