/** The task `auditProbe`: does a probe lean on something that is not the disease? */

import {
  InputError,
  type JobContext,
  type SamplerOptions,
  type TaskPlugin,
} from "@countergrade/countergrade";
import { z } from "zod";
import { type LoadedEncoders, loadProbe, providerOf, ProviderSchema } from "../encoders/models.ts";
import { drawnImages } from "../data/drawn_images.ts";
import { checkPath } from "../paths/check_path.ts";
import { labelOn } from "../paths/goals.ts";
import { openPathSetup, pathFields, type PathOptions, pathVersions } from "../paths/setup.ts";
import { type AuditedAttribute, auditedAttributes } from "./audited_attributes.ts";
import { type AuditedPath, auditedPath } from "./audited_paths.ts";
import { codeShares, type Finding, FindingSchema, findingsOf, nameOf } from "./findings.ts";
import { auditSvg } from "./report_svg.ts";
import { lookAtTraining } from "./training_look.ts";

const Result = z.object({
  audit: z.string().describe("Id of the audit").meta({ artifact: true }),
  summary: z.string().describe("What was found, in a sentence"),
  shortcuts: z.array(z.string()).describe("Attributes that the probe leans on, the most first"),
  findings: z.array(FindingSchema).describe("By attribute, what needs a look first"),
  images: z.int().describe("Images whose pictures were audited"),
  report: z.string().describe("SVG of the page to read, a blob name"),
  warnings: z.array(z.string()).describe("What to know about the result, in plain words"),
  provider: ProviderSchema,
});

interface Options {
  probe: string;
  dataset?: string;
  split: string;
  limit: number;
  images: number;
  disease?: string[];
  judge?: Record<string, unknown>;
  editor: Record<string, unknown>;
  sampler?: SamplerOptions;
  title?: string;
}

/**
 * Makes pictures of both ends of the scale as the editor does, and once more for every attribute with the attribute held, and tells how
 * much of the edit's effect goes. Stores `audit.json`, `audit.svg`.
 */
export function auditProbeTask(
  loaded: LoadedEncoders,
): TaskPlugin<Options, z.infer<typeof Result>> {
  return {
    name: "auditProbe",
    description:
      "Look for shortcuts: attributes that a probe leans on and that are not the disease",
    options: (host) => {
      const { which: { probe, dataset, split }, how: { judge, editor, sampler } } = pathFields(
        host,
      );
      return z.strictObject({
        probe,
        dataset: dataset.optional().describe(
          "Id of the data set; default: the one that the probe was fitted to",
        ),
        split,
        limit: z.int().min(1).max(1000).default(12)
          .describe("How many images to make pictures of, drawn from the split by the seed"),
        images: z.int().min(10).max(100_000).default(2000)
          .describe("How many training images to measure at most"),
        disease: z.array(z.string()).max(32).optional().describe(
          "Attributes that belong to the disease; default: what the data set itself measures",
        ),
        judge,
        editor,
        sampler,
        title: z.string().max(200).optional().describe("A name to show"),
      });
    },
    inputs: pathVersions,
    check: checkPath,
    result: Result,
    async run(options, job) {
      const stored = await loadProbe(job, options.probe);
      const { probe } = stored;
      if (probe.scale.type === "nominal") {
        throw new InputError(
          "Cannot audit: expected a probe whose scale has an order, from mild to severe",
          ["probe"],
        );
      }
      const own = String(stored.artifact.metadata.dataset);
      const setup = await openPathSetup(makingOf(options, own), job, loaded);
      await using _ = setup.witness;
      const trained = options.dataset === undefined || options.dataset === own
        ? setup.dataset
        : await job.host.openDataset(own);
      const attributes = auditedAttributes(trained, options.disease);
      const seen = await lookAtTraining(stored, trained, attributes, options.images, job, loaded);
      const indices = drawnImages(setup.dataset, options.split, options.limit, job.random);
      const paths: AuditedPath[] = [];
      for (const index of indices) {
        job.signal.throwIfAborted();
        const { images, labels } = await setup.dataset.get(options.split, [index]);
        const label = labelOn(probe, setup.dataset.scale, labels[0]);
        paths.push(
          await auditedPath(index, { image: images, label }, attributes, seen, setup, job),
        );
        job.emit({
          type: "progress",
          step: paths.length,
          total: indices.length,
          message: "rendering",
        });
      }
      const shares = codeShares(probe, setup.statistics, seen);
      const findings = findingsOf(attributes, seen, paths, shares);
      return await told(options, findings, { attributes, paths }, setup, job);
    },
  };
}

/** The options of paths from end to end; of a continuous scale the outermost of five. */
function makingOf(
  { probe, dataset, split, judge, editor, sampler }: Options,
  own: string,
): PathOptions {
  return {
    ...{ probe, dataset: dataset ?? own, split, judge, editor, sampler },
    ...{ calibration: "relative", extrapolate: false, uninformative: true },
    ...{ hold: [], region: "none", holdStrength: 0, foreign: true },
  };
}

async function told(
  { probe: probeId, split, title: given, judge }: Options,
  findings: readonly Finding[],
  { attributes, paths }: {
    attributes: readonly AuditedAttribute[];
    paths: readonly AuditedPath[];
  },
  setup: Awaited<ReturnType<typeof openPathSetup>>,
  job: JobContext,
): Promise<z.infer<typeof Result>> {
  const { dataset, encoder, encoderId, stored, warnings } = setup;
  const shortcuts = findings.filter(({ verdict }) => verdict === "shortcut")
    .map(({ attribute }) => attribute);
  const summary = summaryOf(findings);
  const title = given ?? `Audit of ${stored.artifact.metadata.title}`;
  const facts =
    `${paths.length} images of ${dataset.title}, split ${split}, rendered at both ends of the ` +
    `scale${
      judge ? ", read by the own probe and by a judge" : ""
    }. A probe leans on what takes away 15 % ` +
    "of its effect or more when it is held. What it says is about the probe, not about any patient.";
  const names = attributes.map(({ measurement }) => measurement.name);
  const page = new TextEncoder().encode(
    auditSvg({ title, summary, facts, findings, paths, names }),
  );
  const content = {
    ...{ probe: probeId, encoder: encoderId, dataset: dataset.id, split },
    images: paths.map(({ index, plain, moved, without }) => ({
      ...{ index, score: plain.score, judge: plain.judge, moved },
      without: without.map(({ score, judge }) => ({ score, judge })),
    })),
    ...{ summary, shortcuts, findings, warnings },
  };
  const artifact = await job.save(
    "audit",
    {
      "audit.json": new TextEncoder().encode(JSON.stringify(content, null, 2)),
      "audit.svg": page,
    },
    { dataset: dataset.id, encoder: encoderId, probe: probeId, title, summary, shortcuts },
    [
      probeId,
      encoderId,
      dataset.fingerprint,
    ],
  );
  return {
    audit: artifact.id,
    summary,
    shortcuts,
    findings: [...findings],
    images: paths.length,
    report: await job.saveBlob(page, "svg"),
    warnings: [...warnings],
    provider: providerOf(encoder),
  };
}

/** What comes first, in a sentence. */
function summaryOf(findings: readonly Finding[]): string {
  const named = (verdict: Finding["verdict"]) =>
    findings.filter((finding) => finding.verdict === verdict)
      .map(({ attribute, share }) =>
        `${nameOf(attribute).toLowerCase()} (${Math.round(100 * share)} % of the effect)`
      );
  const [leans, grows] = [named("shortcut"), named("exaggerated")];
  const rest = grows.length ? ` Exaggerated: ${grows.join(", ")}.` : "";
  return leans.length
    ? `The probe leans on ${leans.join(", ")}.${rest}`
    : `No shortcut was found among ${findings.length} attributes.${rest}`;
}
