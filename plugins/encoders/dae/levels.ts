/** The levels of a network by the names and shapes of its weights. */

import { FormatError } from "@countergrade/countergrade";

/** Shapes by parameter name. */
export type Shapes = ReadonlyMap<string, readonly number[]>;

/** What one half of a network looks like. */
export interface Levels {
  /** Output channels per level. */
  readonly widths: readonly number[];
  /** Residual blocks per level. */
  readonly perLevel: number;
  /** Levels with attention. */
  readonly attention: readonly number[];
}

interface Block {
  readonly out: number;
  readonly attend: boolean;
}

/**
 * The U-Net's levels. On the way up a level ends with a block that doubles the image, which is one more entry in its
 * list; so shapes alone tell everything.
 *
 * @throws {FormatError} When the blocks are not those of Diff-AE.
 */
export function unetLevels(shapes: Shapes): Levels & { readonly inputPerLevel: number } {
  const blocks = blocksOf(shapes, "");
  let outputs = 0;
  let doublings = 0;
  while (shapes.has(`output_blocks.${outputs}.0.in_layers.2.weight`)) {
    const at = `output_blocks.${outputs++}`;
    if (shapes.has(`${at}.1.conv.weight`) || shapes.has(`${at}.2.conv.weight`)) throw resampled(at);
    if ([1, 2].some((i) => shapes.has(`${at}.${i}.in_layers.2.weight`))) doublings++;
  }
  const levels = doublings + 1;
  const perLevel = outputs / levels - 1;
  const inputPerLevel = (blocks.length - doublings) / levels;
  const found = Number.isInteger(perLevel) && perLevel > 0 && Number.isInteger(inputPerLevel) &&
    inputPerLevel > 0 && levelsWith(blocks, inputPerLevel);
  if (!found) throw noPattern("input_blocks.* and output_blocks.*");
  return { ...found, perLevel, inputPerLevel };
}

/**
 * The encoder's levels. It has no way up, and a halving block has the same weights as a plain one, so several numbers of
 * blocks per level may fit: all are given.
 *
 * @throws {FormatError} When none fits.
 */
export function encoderLevels(shapes: Shapes): Levels[] {
  const blocks = blocksOf(shapes, "encoder.");
  const fitting = blocks.map((_, i) => levelsWith(blocks, i + 1)).filter((found) =>
    found !== undefined
  );
  if (fitting.length === 0) throw noPattern("encoder.input_blocks.*");
  return fitting;
}

/** The blocks on the way down, without the first convolution. */
function blocksOf(shapes: Shapes, prefix: string): Block[] {
  const blocks: Block[] = [];
  for (let i = 1;; i++) {
    const at = `${prefix}input_blocks.${i}.0`;
    if (shapes.has(`${at}.op.weight`)) throw resampled(at);
    const weight = shapes.get(`${at}.in_layers.2.weight`);
    if (!weight) return blocks;
    blocks.push({
      out: weight[0],
      attend: shapes.has(`${prefix}input_blocks.${i}.1.qkv.weight`),
    });
  }
}

/** Blocks cut into levels of `perLevel` plain blocks and a halving one; undefined where that does not fit. */
function levelsWith(blocks: readonly Block[], perLevel: number): Levels | undefined {
  const period = perLevel + 1;
  if ((blocks.length + 1) % period) return undefined;
  const levels = Array.from(
    { length: (blocks.length + 1) / period },
    (_, level) => blocks.slice(level * period, (level + 1) * period),
  );
  const fits = levels.every((level) =>
    level.every(({ out }) => out === level[0].out) &&
    level.slice(0, perLevel).every(({ attend }) => attend === level[0].attend) &&
    !level[perLevel]?.attend
  );
  if (!fits) return undefined;
  return {
    perLevel,
    widths: levels.map(([first]) => first.out),
    attention: levels.flatMap(([first], level) => first.attend ? [level] : []),
  };
}

function noPattern(blocks: string): FormatError {
  return new FormatError(
    `Cannot import the checkpoint: the blocks ${blocks} follow no known pattern`,
  );
}

function resampled(at: string): FormatError {
  return new FormatError(
    `Cannot import the checkpoint: expected images to be halved and doubled within residual blocks ` +
      `(net_resblock_updown), "${at}" does so by a convolution`,
  );
}
