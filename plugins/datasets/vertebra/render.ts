/** Draws the radiograph: soft tissue, then each vertebra with its cortex and trabeculae, then exposure and noise. */

import type { Random } from "@countergrade/countergrade";
import { posteriorDensity, posteriorElements } from "./posterior_elements.ts";
import { type Depth, depthAt } from "./shape.ts";
import { placeSpine, type Vertebra } from "./spine.ts";
import { drawTexture, type Texture } from "./texture.ts";
import type { DrawnMeasures } from "./drawn_measures.ts";

/** The side of the field of view, in which all lengths are given; images of this many pixels a side have one for each unit. */
export const SIZE = 64;

/** Standard deviation of the pixel noise, in units of the range [-1, 1]. */
const NOISE = 0.014;

/** Edges fade over this many pixels of the image on both sides: the focal spot's blur, and no stair steps. */
const SOFT = 1;

/** What is drawn on: densities of `size` × `size` pixels. */
interface Film {
  readonly size: number;
  /** The side of a pixel. */
  readonly pixel: number;
  readonly density: Float32Array;
}

/** Draws one image, `[size · size]` in [-1, 1]. Texture and noise come from `random`. */
export function render(drawn: DrawnMeasures, random: Random, size = SIZE): Float32Array {
  const film = { size, pixel: SIZE / size, density: new Float32Array(size * size) };
  drawSoftTissue(film, drawn, random);
  for (const vertebra of placeSpine(drawn)) drawVertebra(film, vertebra, random);
  overlayBowel(film, random);
  return expose(film.density, drawn, random);
}

/** Abdomen in front, the muscle shadow around the spine, the back behind it, fading to the skin. */
function drawSoftTissue(
  { size, pixel, density }: Film,
  { pose }: DrawnMeasures,
  random: Random,
): void {
  const reach = { x: SIZE / 2, y: SIZE / 2 };
  const haze = drawTexture(random, { width: 17, height: 17 }, reach);
  const fibres = drawTexture(random, { width: 5, height: 11 }, reach);
  const angle = pose.rotation * Math.PI / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  for (let py = 0; py < size; py++) {
    for (let px = 0; px < size; px++) {
      const [dx, dy] = [(px + 0.5) * pixel - pose.x, (py + 0.5) * pixel - pose.y];
      const x = (dx * cos + dy * sin) / pose.scale;
      const muscle = Math.exp(-((x - 3) * (x - 3)) / (2 * 17 * 17));
      const skin = x > 20 ? 0.004 * (x - 20) : 0;
      const [hx, hy] = [px * pixel - SIZE / 2, py * pixel - SIZE / 2];
      density[py * size + px] = 0.17 + 0.16 * muscle - skin +
        0.026 * haze.at(hx, hy) + 0.009 * fibres.at(hx, hy);
    }
  }
}

/** Adds a vertebra: its arch as shadows, its body over everything. */
function drawVertebra(
  { size, pixel, density }: Film,
  vertebra: Vertebra,
  random: Random,
): void {
  const { shape, scale } = vertebra;
  const reach = { x: shape.halfDepth, y: shape.height / 2 };
  const struts = drawTexture(random, { width: 2.3, height: 8 }, reach);
  const cross = drawTexture(random, { width: 6, height: 2.8 }, reach);
  const arch = posteriorElements(shape);
  const [cos, sin] = [Math.cos(vertebra.angle), Math.sin(vertebra.angle)];
  const depth: Depth = { edge: 0, plate: 0, wall: 0, upper: 0 };
  const soft = SOFT * pixel;
  for (let py = 0; py < size; py++) {
    for (let px = 0; px < size; px++) {
      const [dx, dy] = [(px + 0.5) * pixel - vertebra.x, (py + 0.5) * pixel - vertebra.y];
      const x = (dx * cos + dy * sin) / scale;
      const y = (dy * cos - dx * sin) / scale;
      if (Math.abs(y) > 0.8 * shape.height || x < -shape.halfDepth - 3) continue;
      const at = py * size + px;
      if (x > shape.halfDepth - 7) density[at] += posteriorDensity(arch, x, y);
      if (x > shape.halfDepth + 3 || Math.abs(y) > shape.height / 2 + 3) continue;
      depthAt(shape, x, y, depth);
      if (depth.edge <= -soft) continue;
      const cover = depth.edge >= soft ? 1 : smooth((depth.edge + soft) / (2 * soft));
      const bone = bodyDensity(depth, shape.heightLoss, x, y, struts, cross);
      density[at] += (bone - density[at]) * cover;
    }
  }
}

/** How dense a body is at a point inside: trabecular bone within a cortical shell. */
function bodyDensity(
  depth: Depth,
  heightLoss: number,
  x: number,
  y: number,
  struts: Texture,
  cross: Texture,
): number {
  const trabeculae = 0.042 * struts.at(x, y) + 0.02 * cross.at(x, y);
  const core = Math.min(1, Math.max(0, depth.edge) / 6);
  const plate = 0.23 * Math.exp(-((depth.plate - 0.8) ** 2) / 1.3);
  const wall = 0.11 * Math.exp(-((depth.wall - 0.7) ** 2) / 0.9);
  // Broken trabeculae are pressed together under the sunken end plate.
  const impacted = 0.16 * heightLoss * Math.exp(-((depth.upper - 2.5) ** 2) / 8);
  return 0.62 - 0.09 * core + trabeculae * core + Math.max(plate, wall) + impacted;
}

/** Gas in the bowel takes density away, in front of the spine and faintly across it. */
function overlayBowel({ size, pixel, density }: Film, random: Random): void {
  for (let n = 0; n < 3; n++) {
    const [cx, cy] = [-4 + 14 * random.uniform(), SIZE * random.uniform()];
    const [width, height] = [4 + 4 * random.uniform(), 5 + 6 * random.uniform()];
    const gas = 0.1 * random.uniform();
    for (let py = 0; py < size; py++) {
      for (let px = 0; px < size / 2; px++) {
        const r2 = ((px * pixel - cx) / width) ** 2 + ((py * pixel - cy) / height) ** 2;
        if (r2 < 4) density[py * size + px] -= gas * Math.exp(-r2 * r2);
      }
    }
  }
}

/** Film curve and noise, to [-1, 1]. */
function expose(density: Float32Array, { exposure }: DrawnMeasures, random: Random): Float32Array {
  const { gain, gamma, offset } = exposure;
  return density.map((value) => {
    const bright = gain * Math.max(0, value) ** gamma + offset;
    return Math.max(-1, Math.min(1, 2 * bright - 1 + NOISE * random.normal()));
  });
}

function smooth(t: number): number {
  return t * t * (3 - 2 * t);
}
