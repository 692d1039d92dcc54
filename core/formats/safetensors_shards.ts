/** Safetensors in several files, as large models are published: an index says which file has which tensor. */

import { type ByteSource, checkRange } from "../byte_source.ts";
import { refusal } from "../refusal.ts";

const refused = refusal("Cannot read the index of safetensors");

/** The most files of a model, and bytes of its index. */
const MOST = { files: 1000, bytes: 50_000_000 };

/** Whether a file's name is that of an index: `model.safetensors.index.json`. */
export function isShardIndex(name: string): boolean {
  return /\.safetensors\.index\.json$/i.test(name);
}

/**
 * The names of the files that an index speaks of, each beside it.
 *
 * @throws {FormatError} When it is no index, or names files elsewhere.
 */
export function shardsOf(index: ByteSource): string[] {
  if (index.size > MOST.bytes) throw refused(`expected at most ${MOST.bytes} bytes`);
  let content: { weight_map?: unknown };
  try {
    content = JSON.parse(new TextDecoder().decode(index.read(0, index.size)));
  } catch (error) {
    throw refused("it is not JSON", error);
  }
  const map = content?.weight_map;
  if (typeof map !== "object" || map === null) throw refused("it has no weight_map");
  const names = [...new Set(Object.values(map))];
  const odd = names.find((name) =>
    typeof name !== "string" || !/^[^/\\\0]+\.safetensors$/i.test(name)
  );
  if (odd !== undefined || !names.length || names.length > MOST.files) {
    throw refused(
      `expected 1 to ${MOST.files} names of safetensors files beside it, there are ${names.length}` +
        (odd === undefined ? "" : `, among them ${JSON.stringify(odd)}`),
    );
  }
  return names as string[];
}

interface Shard {
  readonly header: Record<string, { data_offsets?: unknown }>;
  /** Where its tensors begin and how many bytes they have. */
  readonly start: number;
  readonly length: number;
}

/**
 * Several files as if they were one. Their tensors stay where they are until they are read.
 *
 * @throws {FormatError} When a header is damaged.
 */
export function joinedShards(sources: readonly ByteSource[]): ByteSource {
  const shards = sources.map(shardIn);
  let before = 0;
  const header: Record<string, unknown> = {};
  for (const { header: own, length } of shards) {
    for (const [name, entry] of Object.entries(own)) {
      if (name === "__metadata__") continue;
      const offsets = entry?.data_offsets;
      if (!Array.isArray(offsets) || Object.hasOwn(header, name)) {
        throw refused(`the tensor "${name}" is damaged or stands in two files`);
      }
      header[name] = { ...entry, data_offsets: offsets.map((at: number) => at + before) };
    }
    before += length;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const head = new Uint8Array(8 + text.length);
  new DataView(head.buffer).setBigUint64(0, BigInt(text.length), true);
  head.set(text, 8);
  return readerOf(head, sources, shards);
}

function shardIn(source: ByteSource): Shard {
  const first = source.size < 8 ? undefined : source.read(0, 8);
  const length = first
    ? Number(new DataView(first.buffer, first.byteOffset).getBigUint64(0, true))
    : NaN;
  if (!(length <= MOST.bytes && length <= source.size - 8)) {
    throw refused("a file of it is cut off or no safetensors");
  }
  try {
    const header = JSON.parse(new TextDecoder().decode(source.read(8, 8 + length)));
    if (typeof header !== "object" || header === null) throw refused("a header is damaged");
    return { header, start: 8 + length, length: source.size - 8 - length };
  } catch (error) {
    throw refused("a header is damaged", error);
  }
}

/** Reads from the header, then from each file's tensors. */
function readerOf(
  head: Uint8Array,
  sources: readonly ByteSource[],
  shards: readonly Shard[],
): ByteSource {
  const size = shards.reduce((sum, { length }) => sum + length, head.length);
  return {
    size,
    read(start, end) {
      checkRange(start, end, size);
      const out = new Uint8Array(end - start);
      out.set(head.subarray(start, end));
      let place = head.length;
      shards.forEach((shard, i) => {
        const [from, to] = [Math.max(start, place), Math.min(end, place + shard.length)];
        if (from < to) {
          const at = shard.start + from - place;
          out.set(sources[i].read(at, at + to - from), from - start);
        }
        place += shard.length;
      });
      return out;
    },
  };
}
