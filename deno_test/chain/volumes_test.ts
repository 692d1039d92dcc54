/** Volumes through the chain: what is made of pictures is made of them, and what takes pictures alone says so. */

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Random, zeros } from "@countergrade/countergrade";
import { readNifti, readNpy, writeNifti } from "@countergrade/countergrade/formats";
import { ofPng, toPng } from "@countergrade/countergrade/images";
import { Uploads } from "../../server/http/uploads/uploads.ts";
import { Chain } from "./chain.ts";

const SIDE = 12;
const DATASET = "nodulemnist3d-volumes";

/** Volumes with a block whose depth, in slices, is the grade. */
function blocks() {
  return Object.fromEntries(
    Object.entries({ train: 30, val: 8, test: 2 }).flatMap(([split, count]) => {
      const labels = Uint8Array.from({ length: count }, (_, i) => i % 2);
      const data = new Uint8Array(count * SIDE ** 3);
      labels.forEach((grade, i) => {
        const random = new Random(i).fork(split);
        const left = random.integer(3);
        for (let p = 0; p < SIDE ** 3; p++) {
          const [x, y, z] = [p % SIDE, Math.floor(p / SIDE) % SIDE, Math.floor(p / SIDE ** 2)];
          const inside = x >= left + 2 && x < left + 8 && y > 3 && y < 9 && z < 3 + 6 * grade;
          data[i * SIDE ** 3 + p] = (inside ? 190 : 40) + random.integer(20);
        }
      });
      return [[`${split}_images`, { shape: [count, SIDE, SIDE, SIDE], data }], [
        `${split}_labels`,
        labels,
      ]];
    }),
  );
}

Deno.test("the chain on volumes", { timeout: 120_000 }, async (t) => {
  await using chain = await Chain.open({ nodulemnist3d: blocks() });
  const dataset = DATASET;
  const { encoder } = await chain.done("trainEncoder", {
    dataset,
    encoder: { pca: { components: 6 } },
  });
  const { codes } = await chain.done("encode", { dataset, encoder });
  const { probe } = await chain.done("trainProbe", { codes, probe: { logistic: {} } });
  const targets = [0, 1];

  await t.step("a path is written as NIfTI beside pictures of its middle planes", async () => {
    const made = await chain.done("counterfactualPath", {
      dataset,
      probe,
      index: 0,
      targets,
      extrapolate: true,
      foreign: true,
    });
    const { files } = await chain.jobs.artifact(made.path);
    const bytes = (name: string) => chain.workspace.blobs.read(files[name]);
    const volume = async (name: string) => await readNifti(await bytes(name));
    const [original, frame, change] = await Promise.all(
      ["original.nii.gz", "frame-1.nii.gz", "difference-1.nii.gz"].map(volume),
    );
    assertEquals([original.size, frame.size], [[SIDE, SIDE, SIDE], [SIDE, SIDE, SIDE]]);
    const { images } = await (await chain.host.openDataset(dataset)).get("val", [0]);
    assertEquals(original.data, images.data);
    const rebuilt = await volume("reconstruction.nii.gz");
    frame.data.forEach((value, i) =>
      assertAlmostEquals(value - rebuilt.data[i], change.data[i], 1e-6)
    );
    assert(made.warnings.some((said: string) => said.includes("voxels of 1 mm")));
    const [, { volume: sheet }] = made.frames;
    assertEquals(sheet.depth, SIDE);
    assertEquals(
      ofPng(await chain.workspace.blobs.read(sheet.sheet)).shape,
      [1, 1, SIDE * SIDE, SIDE],
    );
    // The block of grade 1 is three times as deep.
    const deep = (data: Float32Array, z: number) => data[(z * SIDE + 6) * SIDE + 6];
    assert(deep(frame.data, 6) > 0.2 && deep(original.data, 6) < -0.3);
    assert(deep(frame.data, 11) < 0);
    assertEquals(ofPng(await bytes("frame-1.png")).shape, [1, 1, 2 * SIDE + 1, 2 * SIDE + 1]);
    const { shape } = readNpy(await bytes("difference-1.npy"));
    assertEquals(shape, [1, SIDE, SIDE, SIDE]);
  });

  await t.step("evaluation, interpolation, neighbors and inspection take them", async () => {
    const told = await chain.done("evaluate", { dataset, probe, split: "val", limit: 3 });
    assert(told.evaluation.startsWith("evaluation-"));
    const between = await chain.done("interpolate", {
      dataset,
      probe,
      index: 0,
      toIndex: 1,
      frames: 3,
      foreign: true,
    });
    assertEquals(between.frames.length, 3);
    const near = await chain.done("nearestImages", { dataset, probe, index: 1, k: 2 });
    assertEquals(near.neighbors.length, 2);
    const inspected = await chain.done("inspectDataset", { dataset });
    assertEquals(inspected.imageShape, [1, SIDE, SIDE, SIDE]);
  });

  await t.step(
    "a volume of one's own is uploaded, resampled and cut as those of the data set",
    async () => {
      const uploads = new Uploads(chain.workspace, new AbortController().signal);
      const send = async (bytes: Uint8Array<ArrayBuffer>) =>
        (await uploads.store(new File([bytes], "own.nii.gz"))).id;
      const { images } = await (await chain.host.openDataset(dataset)).get("val", [0]);
      // Voxels of 2 mm, columns to the back, rows downwards, slices to the right; 3 more slices on the left.
      const away = [0, 0, 2, -6, -2, 0, 0, 0, 0, -2, 0, 0, 0, 0, 0, 1];
      const wide = zeros([1, SIDE + 3, SIDE, SIDE]);
      wide.data.set(images.data, 3 * SIDE * SIDE);
      const image = await send(writeNifti(wide, away));
      const how = { probe, image, intensity: "window 0 2", foreign: true };
      const center = [SIDE - 1, 1 - SIDE, 1 - SIDE];
      const own = await chain.done("grade", { ...how, spacing: 2, center });
      const there = await chain.done("grade", { dataset, probe, indices: [0], foreign: true });
      assertAlmostEquals(own.grades[0].score, there.grades[0].score, 1e-3);
      assert(own.adaptation.includes("15 voxels of 2 × 2 × 2 mm"), own.adaptation);
      const made = await chain.done("counterfactualPath", {
        ...how,
        spacing: 2,
        center,
        targets,
        extrapolate: true,
      });
      const { files } = await chain.jobs.artifact(made.path);
      const written = await readNifti(await chain.workspace.blobs.read(files["frame-0.nii.gz"]));
      assertEquals(written.affine, [0, 0, 2, 0, -2, 0, 0, 0, 0, -2, 0, 0, 0, 0, 0, 1]);
      const refused = async (options: Record<string, unknown>, said: string) => {
        const job = await chain.run("grade", { ...how, ...options });
        assert(job.error!.message.includes(said), job.error!.message);
      };
      await refused({}, "expected a spacing in mm");
      await refused({ spacing: 2, center: [900, 0, 0] }, "expected a center from");
      const flat = await uploads.store(new File([toPng(zeros([1, 1, 8, 8]), 0)], "flat.png"));
      await refused({ image: flat.id, spacing: 2 }, "expected a volume, it is a picture");
    },
  );

  await t.step("what takes pictures alone refuses them, naming the option", async () => {
    const refused = async (task: string, options: Record<string, unknown>, said: string) => {
      const job = await chain.run(task, options);
      assertEquals(job.state, "failed");
      assert(job.error!.message.includes(said), job.error!.message);
    };
    await refused("trainBaseline", { dataset }, "these are volumes of shape [1, 12, 12, 12]");
    await refused("trainEncoder", { dataset, encoder: { dae: {} } }, "a preset for volumes");
    assertEquals(chain.log, []);
  });
});
