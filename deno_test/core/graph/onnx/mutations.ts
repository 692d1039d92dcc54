/** What somebody does to an ONNX model who wants the runtime to open a file: by a seed, and knowing the format. */

import type { Random } from "@countergrade/countergrade";
import { WIRE, WireReader } from "../../../../core/graph/onnx/protobuf_reader.ts";
import { type MessageName, type Rule, SCHEMA } from "../../../../core/graph/onnx/schema.ts";
import { mutated } from "../../../mutate.ts";

/** How a number is written: as short as it can be, with needless bytes, or with bits that 32-bit readers drop. */
export type Form = "short" | "padded" | "high";

/** A field of a message, with what is inside where that is a message too. */
interface Piece {
  field: number;
  wire: number;
  /** What follows the tag, without the length of a chunk. */
  bytes: Uint8Array;
  kind?: MessageName;
  inside?: Piece[];
  tag: Form;
  length: Form;
  /** Added to the length of a chunk. */
  lie: number;
}

/** A message and its name. */
interface Place {
  readonly pieces: Piece[];
  readonly kind: MessageName;
}

type Mutation = (root: Piece[], places: readonly Place[], random: Random, baits: string[]) => void;

/**
 * A model as somebody changed it who would like to read one of the `baits`; every other one is well formed as far as bytes go,
 * but makes no sense.
 */
export function hostileModel(seed: Uint8Array, random: Random, baits: string[]): Uint8Array {
  const root = piecesOf(seed, "Model");
  const plain = random.integer(2) === 0;
  for (let times = random.integer(2) ? 1 : 2 + random.integer(2); times > 0; times--) {
    const places = placesOf({ pieces: root, kind: "Model" });
    pick(plain ? SENSELESS : HIDING, random)(root, places, random, baits);
  }
  const bytes = bytesOfPieces(root);
  return plain || random.integer(8) ? bytes : mutated(bytes, random);
}

/** A model for each of its tensors, wherever that is, whose data lie in a file by what is written in the given form. */
export function ledAway(seed: Uint8Array, bait: string, form: Form): Uint8Array[] {
  const tensors = (root: Piece[]) =>
    placesOf({ pieces: root, kind: "Model" }).filter(({ kind }) => kind === "Tensor");
  return tensors(piecesOf(seed, "Model")).map((_, i) => {
    const root = piecesOf(seed, "Model");
    leadAway(tensors(root)[i].pieces, bait, form);
    return bytesOfPieces(root);
  });
}

/** A tensor keeps its data elsewhere. */
const lead: Mutation = (_, places, random, baits) => {
  const tensor = placeOf(places, "Tensor", random);
  if (tensor) leadAway(tensor.pieces, pick(baits, random), anyForm(random));
};

/** What leads to a file, or hides that from one of two readers. */
const HIDING: readonly Mutation[] = [
  // What works against a runtime without a guard, more often than the others.
  lead,
  lead,
  lead,
  lead,
  /** The same, in a second part of the message that C++ merges with the first. */
  (_, places, random, baits) => {
    const place = pick(places, random);
    const piece = pick(place.pieces, random);
    if (piece?.kind !== "Tensor" && piece?.kind !== "SparseTensor") return;
    const inside: Piece[] = [];
    if (piece.kind === "Tensor") leadAway(inside, pick(baits, random), anyForm(random));
    place.pieces.push({ ...piece, inside, tag: anyForm(random) });
  },

  /** A tensor more, somewhere, in some field. */
  (_, places, random, baits) => {
    const place = pick(places, random);
    const inside: Piece[] = [varint(1, 3), varint(2, 1), text(8, "w")];
    leadAway(inside, pick(baits, random), anyForm(random));
    const field = fieldFor(place.kind, "Tensor", random);
    place.pieces.push({ ...message(field, "Tensor", inside), tag: anyForm(random) });
  },

  /** A node that holds one. */
  (_, places, random, baits) => {
    const graph = placeOf(places, pick(["Graph", "Function"], random), random);
    if (!graph) return;
    const tensor: Piece[] = [varint(1, 3), varint(2, 1)];
    leadAway(tensor, pick(baits, random), anyForm(random));
    const attribute = [text(1, "value"), message(5, "Tensor", tensor), varint(20, 4)];
    const pieces = [
      text(2, "w"),
      text(4, pick(["Constant", "ConstantOfShape", "EPContext"], random)),
      message(5, "Attribute", attribute),
      ...random.integer(4) ? [] : [text(7, pick(["com.microsoft", "com.microsoft.nchwc"], random))],
    ];
    graph.pieces.unshift(message(graph.kind === "Graph" ? 1 : 7, "Node", pieces));
  },

  /** A number in another form. */
  (_, places, random) => {
    const piece = pick(pick(places, random).pieces, random);
    if (piece) piece[pick(["tag", "length"] as const, random)] = anyForm(random);
  },

  /** A field by another number, or of another kind. */
  (_, places, random) => {
    const piece = pick(pick(places, random).pieces, random);
    if (!piece) return;
    if (random.integer(2)) piece.field = random.integer(30);
    else piece.wire = random.integer(8);
  },

  /** A length that is not true. */
  (_, places, random) => {
    const piece = pick(pick(places, random).pieces, random);
    if (piece) piece.lie = pick([-1, 1, 7, 2 ** 31, 2 ** 32, 2 ** 40], random);
  },

  /** A message between the marks of a group. */
  (_, places, random) => {
    const { pieces } = pick(places, random);
    const at = random.integer(pieces.length);
    const piece = pieces[at];
    if (!piece?.inside) return;
    const mark = (wire: number) => ({ ...piece, wire, bytes: new Uint8Array(), inside: undefined });
    pieces.splice(at, 1, mark(3), ...piece.inside, mark(4));
  },

  /** onnxruntime knows its own format by what stands in bytes 4 to 7. */
  (root, _, random) => {
    const rest = root.filter(({ field }) => field > 2);
    root.splice(0, root.length, varint(1, 8), text(2, pick(["ORTM", "ORTM\0\0\0\0"], random)));
    root.push(...rest);
  },
];

/** What makes a model that is well formed and means nothing. */
const SENSELESS: readonly Mutation[] = [
  /** A field twice, elsewhere, or gone. */
  (_, places, random) => {
    const [from, to] = [pick(places, random).pieces, pick(places, random).pieces];
    const at = random.integer(from.length);
    if (!from.length) return;
    if (random.integer(2)) to.splice(random.integer(to.length + 1), 0, copyOf(from[at]));
    else from.splice(at, 1);
  },

  /** Another op, or another domain. */
  (_, places, random) => {
    const node = placeOf(places, "Node", random);
    if (!node) return;
    const [field, words] = pick([
      [4, ["Gemm", "Relu", "Loop", "EPContext", "ReorderInput"]],
      [7, ["", "ai.onnx", "com.microsoft", "com.microsoft.nchwc", "own", "ai.onnx.ml"]],
    ] as [number, string[]][], random);
    node.pieces.push(text(field, pick(words, random)));
  },
  /** A field gone. */
  (_, places, random) => {
    const { pieces } = pick(places, random);
    if (pieces.length) pieces.splice(random.integer(pieces.length), 1);
  },
  /** Another number. */
  (_, places, random) => {
    const numbers = places.flatMap(({ pieces }) => pieces).filter(({ wire }) => !wire);
    const value = pick([0n, 1n, 2n, 3n, 7n, 9n, 2n ** 31n - 1n, 2n ** 62n, 2n ** 64n - 1n], random);
    if (numbers.length) pick(numbers, random).bytes = numberBytes(value, "short");
  },
  /** A name for another. */
  (_, places, random) => {
    const texts = places.flatMap(({ pieces }) => pieces).filter(({ wire, inside }) =>
      wire === WIRE.chunk && !inside
    );
    if (texts.length) pick(texts, random).bytes = pick(texts, random).bytes;
  },
  /** A message in the place of another of its kind. */
  (_, places, random) => {
    const { kind, pieces } = pick(places, random);
    const other = placeOf(places, kind, random)!.pieces.map(copyOf);
    pieces.splice(0, pieces.length, ...other);
  },
];

/** Gives a tensor what says that its data lie in a file, and sometimes takes its own. */
function leadAway(tensor: Piece[], bait: string, form: Form): void {
  const own = tensor.findIndex(({ field }) => field === 9);
  if (own >= 0) tensor.splice(own, 1);
  const entry = (key: string, value: string) =>
    message(13, "Entry", [text(1, key), text(2, value)]);
  const pieces = [entry("location", bait), entry("length", "12"), varint(14, 1)];
  for (const piece of pieces) tensor.push({ ...piece, tag: form });
}

/** A field of a message for another; any field where it has none. */
function fieldFor(kind: MessageName, inside: MessageName, random: Random): number {
  const rules: [string, Rule][] = Object.entries(SCHEMA[kind]);
  const fitting = rules.filter(([, [, of]]) => of === inside || of === `${inside}[]`);
  return fitting.length ? Number(pick(fitting, random)[0]) : 1 + random.integer(29);
}

function anyForm(random: Random): Form {
  return pick(["short", "short", "padded", "high"] as const, random);
}

function pick<T>(list: readonly T[], random: Random): T {
  return list[random.integer(list.length)];
}

function placeOf(places: readonly Place[], kind: string, random: Random): Place | undefined {
  return pick(places.filter((place) => place.kind === kind), random);
}

const PLAIN = { tag: "short", length: "short", lie: 0 } as const;

function varint(field: number, value: number): Piece {
  return { field, wire: WIRE.varint, bytes: numberBytes(BigInt(value), "short"), ...PLAIN };
}

function text(field: number, value: string): Piece {
  return { field, wire: WIRE.chunk, bytes: new TextEncoder().encode(value), ...PLAIN };
}

function message(field: number, kind: MessageName, inside: Piece[]): Piece {
  return { field, wire: WIRE.chunk, bytes: new Uint8Array(), kind, inside, ...PLAIN };
}

function copyOf(piece: Piece): Piece {
  return { ...piece, inside: piece.inside?.map(copyOf) };
}

/** The fields of a message that is well formed. */
function piecesOf(bytes: Uint8Array, name: MessageName): Piece[] {
  const rules: Readonly<Record<number, Rule>> = SCHEMA[name];
  const reader = new WireReader(bytes);
  const pieces: Piece[] = [];
  while (!reader.done) {
    const { field, wire } = reader.tag();
    const bytes = wire === WIRE.varint
      ? reader.varint()
      : wire === WIRE.chunk
      ? reader.chunk()
      : reader.take(wire === WIRE.four ? 4 : 8);
    const kind = rules[field][1].replace("[]", "");
    const known = kind in SCHEMA ? kind as MessageName : undefined;
    const inside = known && { kind: known, inside: piecesOf(bytes, known) };
    pieces.push({ field, wire, bytes, ...inside, ...PLAIN });
  }
  return pieces;
}

/** All messages in a message, and itself. */
function placesOf(place: Place): Place[] {
  const inner = place.pieces.filter(({ inside }) => inside);
  return [
    place,
    ...inner.flatMap(({ inside, kind }) => placesOf({ pieces: inside!, kind: kind! })),
  ];
}

function bytesOfPieces(pieces: readonly Piece[]): Uint8Array {
  return joined(pieces.flatMap(({ field, wire, bytes, inside, tag, length, lie }) => {
    const content = inside ? bytesOfPieces(inside) : bytes;
    const size = BigInt(Math.max(0, content.length + lie));
    return [
      numberBytes(BigInt(field * 8 + wire), tag),
      ...wire === WIRE.chunk ? [numberBytes(size, length)] : [],
      content,
    ];
  }));
}

function numberBytes(value: bigint, form: Form): Uint8Array {
  let rest = form === "high" ? value | 1n << 32n : value;
  const bytes: number[] = [];
  do {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  } while (rest);
  if (form === "padded") bytes.push(0x80, 0x80);
  bytes[bytes.length - 1] &= 0x7f;
  return Uint8Array.from(bytes);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  parts.reduce((at, part) => (out.set(part, at), at + part.length), 0);
  return out;
}
