/** What happens to files: bytes, blocks and lengths that are not what they were, by a seed. */

import type { Random } from "@countergrade/countergrade";

/** A damaged copy of `file`; seldom empty. */
export function mutated(file: Uint8Array, random: Random): Uint8Array {
  let out = file.slice();
  const times = 1 + random.integer(4);
  for (let i = 0; i < times && out.length; i++) {
    const at = random.integer(out.length);
    const kind = random.integer(5);
    if (kind === 0) out[at] = random.integer(256);
    else if (kind === 1) out[at] ^= 1 << random.integer(8);
    else if (kind === 2) out = out.slice(0, at);
    else if (kind === 3) out.copyWithin(at, random.integer(out.length), out.length);
    else out.fill([0, 0x7f, 0xff][random.integer(3)], at, at + 1 + random.integer(8));
  }
  return out;
}
