/** A whole counterfactual path, five edits and the reconstruction, against the reference's procedure in PyTorch. */

import { parseArgs } from "node:util";
import {
  concatRows,
  Random,
  row,
  rows,
  type SamplerOptions,
  takeRows,
  type Tensor,
  tensor,
} from "@countergrade/countergrade";
import { type DaeConfig, parseDaeConfig, PRESETS } from "@countergrade/countergrade/engine";
import { DaeEncoder, type DaeModel, readModel } from "../../plugins/encoders/dae/model.ts";
import { completing } from "../../plugins/tasks/paths/residual.ts";
import { expectEqual, lively, randomBatch } from "../peer/equality.ts";
import { comparison, interleaved, rounded, timed } from "../peer/interleave.ts";
import { printSurroundings } from "../peer/surroundings.ts";
import { TorchPeer } from "../peer/torch_peer.ts";

/** The reconstruction and five edits. */
const FRAMES = 6;
/** DDIM steps of the reference, up and down. */
const REFERENCE = { inversion: 250, rendering: 100 };
const EVALUATIONS = REFERENCE.inversion + FRAMES * REFERENCE.rendering;
/** A peer that would need longer than this, in ms, walks only a part of each way, and its time is scaled. */
const PATIENCE = 120_000;
/** Steps each way of the DDIM path that both sides compute once, to compare results. */
const COMPARED_STEPS = 10;
/** A path amplifies what rounding does in each evaluation. */
const TOLERANCE = { network: 1e-4, path: 1e-3 };

const { values: flags } = parseArgs({
  args: Deno.args,
  options: {
    large: { type: "boolean", default: false },
    presets: { type: "string" },
    model: { type: "string" },
    rounds: { type: "string", default: "3" },
    threads: { type: "string", default: "2" },
    /** How ours renders; default: as `knee64` and `retina28` say. */
    sampler: {
      type: "string",
      default: '{"name":"dpm-solver","inversionSteps":3,"renderSteps":2,"residual":true}',
    },
  },
});
const sampler: SamplerOptions = JSON.parse(flags.sampler);
const threads = Number(flags.threads);

/** The models to measure: a file, or presets with random weights, whose speed is the same. */
async function* models(): AsyncGenerator<[name: string, model: DaeModel]> {
  if (flags.model) {
    yield [flags.model.split("/").at(-1)!, readModel(await Deno.readFile(flags.model))];
    return;
  }
  const names = flags.presets?.split(",") ??
    ["tiny64", "small64", ...flags.large ? ["spider64"] : []];
  for (const name of names) {
    const preset = PRESETS[name as keyof typeof PRESETS];
    if (!preset) {
      throw new Error(`No such preset: ${name}; known: ${Object.keys(PRESETS).join(", ")}`);
    }
    const config = parseDaeConfig(preset);
    yield [name, { config, weights: lively(config, new Random("path weights")), facts: {} }];
  }
}

/** From [-1, 1] to the range that the networks see. */
function toModel({ imageRange: [low, high] }: DaeConfig, images: Tensor): Tensor {
  return { shape: images.shape, data: images.data.map((x) => (x + 1) / 2 * (high - low) + low) };
}

/** An image's own code and five that stand for edits of it: what an edit is costs nothing, where it leads is all the same. */
function editedCodes(code: Tensor, random: Random): Tensor {
  const edits = takeRows(code, new Int32Array(FRAMES - 1));
  const scale = Math.sqrt(code.data.reduce((sum, x) => sum + x * x, 0) / code.data.length);
  const data = edits.data.map((x) => x + 0.2 * scale * random.normal());
  return concatRows([code, { shape: edits.shape, data }]);
}

/** Encode, invert, render all frames as one batch, and encode the frames again, which the reference does not do. */
async function ourPath(encoder: DaeEncoder, image: Tensor, codes: Tensor): Promise<void> {
  const code = await encoder.encode(image);
  const noise = await encoder.encodeStochastic(image, code, { sampler });
  const latents = { codes, noise: takeRows(noise, new Int32Array(FRAMES)) };
  const rendered = await encoder.render(latents, { sampler });
  const frames = completing(image, row(rendered, 0), sampler)(rendered);
  await encoder.encode(rows(frames, 1, FRAMES));
}

/** The largest difference of the networks, and of a short path by the reference's procedure. */
async function compare(
  peer: TorchPeer,
  encoder: DaeEncoder,
  config: DaeConfig,
  image: Tensor,
  codes: Tensor,
) {
  const x = toModel(config, image);
  const t = tensor([1], [Math.floor(config.noiseSteps / 2)]);
  const z = row(codes, 0);
  const inputs = await peer.send("inputs", [["x", x], ["t", t], ["z", z], ["codes", codes]]);
  await peer.ask({ do: "predict", inputs, outputs: peer.pathOf("outputs") });
  const network = await peer.receive("outputs");
  const difference = Math.max(
    expectEqual("z", z.data, network.get("z")!.data, TOLERANCE.network),
    expectEqual(
      "prediction",
      (await encoder.predict(x, t, z)).data,
      network.get("prediction")!.data,
      TOLERANCE.network,
    ),
  );
  await peer.ask({ do: "inputs", path: inputs });
  const steps = { inversionSteps: COMPARED_STEPS, renderSteps: COMPARED_STEPS };
  const ddim = { sampler: { name: "ddim", ...steps } };
  const noise = await encoder.encodeStochastic(image, z, ddim);
  const frames = await encoder.render(
    { codes, noise: takeRows(noise, new Int32Array(FRAMES)) },
    ddim,
  );
  await peer.ask({
    do: "path",
    inversion: COMPARED_STEPS,
    rendering: COMPARED_STEPS,
    outputs: peer.pathOf("path"),
  });
  const path = await peer.receive("path");
  const theirs = path.get("frames")!;
  return {
    network: difference,
    path: Math.max(
      expectEqual("noise", noise.data, path.get("noise")!.data, TOLERANCE.path),
      expectEqual("frames", toModel(config, frames).data, theirs.data, TOLERANCE.path),
    ),
  };
}

/** How far each way of the peer's may go so that a path stays below {@linkcode PATIENCE}; undefined for all of it. */
async function limitOf(peer: TorchPeer): Promise<number | undefined> {
  const few = { do: "path", ...REFERENCE, limit: 2 };
  await peer.ask(few);
  const { ms, evaluations } = await peer.ask<{ ms: number; evaluations: number }>(few);
  const whole = ms / evaluations * EVALUATIONS;
  if (whole <= PATIENCE) return undefined;
  return Math.max(10, Math.floor(PATIENCE / 4 / (ms / evaluations) / (FRAMES + 1)));
}

{
  await using peer = await TorchPeer.start(threads);
  printSurroundings(threads, peer?.title ?? "no PyTorch");
  if (peer) {
    const table: Record<string, string | number>[] = [];
    for await (const [name, model] of models()) {
      const { config, weights } = model;
      await using encoder = new DaeEncoder(model, threads);
      await peer.ask({ do: "load", config, weights: await peer.send("weights", weights) });
      const random = new Random("path");
      const { images: image } = randomBatch(config, 1, random);
      const codes = editedCodes(await encoder.encode(image), random.fork("edits"));
      const difference = await compare(peer, encoder, config, image, codes);
      const limit = await limitOf(peer);
      const share = limit === undefined ? "all of its path" : `${limit} evaluations of each way`;
      console.log(`${name}: results agree; PyTorch will walk ${share}, ${flags.rounds} times`);
      await ourPath(encoder, image, codes);
      let walked = 0;
      const times = await interleaved(Number(flags.rounds), {
        ours: () => timed(() => ourPath(encoder, image, codes)),
        peer: async () => {
          const { ms, evaluations } = await peer.ask<{ ms: number; evaluations: number }>(
            { do: "path", ...REFERENCE, limit },
          );
          walked = evaluations;
          return ms / evaluations * EVALUATIONS;
        },
      });
      table.push({
        model: name,
        ...comparison(times),
        target: "≤ 0.02",
        "PyTorch's evaluations": walked === EVALUATIONS
          ? EVALUATIONS
          : `${walked}, scaled by ${rounded(EVALUATIONS / walked)}`,
        "difference of networks": difference.network.toExponential(1),
        [`of a ${COMPARED_STEPS}/${COMPARED_STEPS} path`]: difference.path.toExponential(1),
      });
    }
    console.table(table);
    const { name, inversionSteps, renderSteps, residual } = sampler;
    console.log(
      `Ours: encode, invert (${name}, ${inversionSteps} evaluations), render ${FRAMES} frames as one batch ` +
        `(${renderSteps}${
          residual ? ", what they miss of the image added" : ""
        }), encode the frames again. PyTorch: encode, invert (DDIM ${REFERENCE.inversion}), render ` +
        `${FRAMES} frames one by one (DDIM ${REFERENCE.rendering} each), eager, f32. Medians of rounds in turns.`,
    );
  }
}
