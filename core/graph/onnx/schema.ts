/** The messages of ONNX files, as onnx.proto defines them up to IR version 14: field number to name and kind. */

/**
 * A name, a kind, and what becomes of the field. Kinds are scalars or other messages of the table; `[]` may come many times.
 * "dropped" fields are read and not written again: onnxruntime needs them for nothing, or, as `metadata_props`, takes its own
 * settings from them. "external" ones may only say that a tensor is not in another file.
 */
export type Rule = readonly [name: string, kind: string, fate?: "dropped" | "external"];

/** One row for each message, one entry for each field. What is not here is refused. */
export const SCHEMA = {
  Model: {
    1: ["irVersion", "int64"],
    2: ["producerName", "string"],
    3: ["producerVersion", "string", "dropped"],
    4: ["domain", "string", "dropped"],
    5: ["modelVersion", "int64", "dropped"],
    6: ["docString", "string", "dropped"],
    7: ["graph", "Graph"],
    8: ["opsetImport", "OperatorSet[]"],
    14: ["metadataProps", "Entry[]", "dropped"],
    20: ["trainingInfo", "TrainingInfo[]", "dropped"],
    25: ["functions", "Function[]"],
    26: ["configuration", "bytes[]", "dropped"],
  },
  OperatorSet: { 1: ["domain", "string"], 2: ["version", "int64"] },
  Entry: { 1: ["key", "string"], 2: ["value", "string"] },
  TrainingInfo: {
    1: ["initialization", "Graph"],
    2: ["algorithm", "Graph"],
    3: ["initializationBinding", "Entry[]"],
    4: ["updateBinding", "Entry[]"],
  },
  Function: {
    1: ["name", "string"],
    2: ["sinceVersion", "int64", "dropped"],
    3: ["status", "int32", "dropped"],
    4: ["input", "string[]"],
    5: ["output", "string[]"],
    6: ["attribute", "string[]"],
    7: ["node", "Node[]"],
    8: ["docString", "string", "dropped"],
    9: ["opsetImport", "OperatorSet[]"],
    10: ["domain", "string"],
    11: ["attributeProto", "Attribute[]"],
    12: ["valueInfo", "ValueInfo[]"],
    13: ["overload", "string"],
    14: ["metadataProps", "Entry[]", "dropped"],
  },
  Graph: {
    1: ["node", "Node[]"],
    2: ["name", "string"],
    5: ["initializer", "Tensor[]"],
    10: ["docString", "string", "dropped"],
    11: ["input", "ValueInfo[]"],
    12: ["output", "ValueInfo[]"],
    13: ["valueInfo", "ValueInfo[]"],
    14: ["quantizationAnnotation", "TensorAnnotation[]"],
    15: ["sparseInitializer", "SparseTensor[]"],
    16: ["metadataProps", "Entry[]", "dropped"],
  },
  TensorAnnotation: { 1: ["tensorName", "string"], 2: ["quantParameterTensorNames", "Entry[]"] },
  Node: {
    1: ["input", "string[]"],
    2: ["output", "string[]"],
    3: ["name", "string"],
    4: ["opType", "string"],
    5: ["attribute", "Attribute[]"],
    6: ["docString", "string", "dropped"],
    7: ["domain", "string"],
    8: ["overload", "string"],
    9: ["metadataProps", "Entry[]", "dropped"],
    10: ["deviceConfigurations", "bytes[]", "dropped"],
  },
  Attribute: {
    1: ["name", "string"],
    2: ["f", "float"],
    3: ["i", "int64"],
    4: ["s", "bytes"],
    5: ["t", "Tensor"],
    6: ["g", "Graph"],
    7: ["floats", "float[]"],
    8: ["ints", "int64[]"],
    9: ["strings", "bytes[]"],
    10: ["tensors", "Tensor[]"],
    11: ["graphs", "Graph[]"],
    13: ["docString", "string", "dropped"],
    14: ["tp", "Type"],
    15: ["typeProtos", "Type[]"],
    20: ["type", "int32"],
    21: ["refAttrName", "string"],
    22: ["sparseTensor", "SparseTensor"],
    23: ["sparseTensors", "SparseTensor[]"],
  },
  Tensor: {
    1: ["dims", "int64[]"],
    2: ["dataType", "int32"],
    3: ["segment", "Segment"],
    4: ["floatData", "float[]"],
    5: ["int32Data", "int32[]"],
    6: ["stringData", "bytes[]"],
    7: ["int64Data", "int64[]"],
    8: ["name", "string"],
    9: ["rawData", "bytes"],
    10: ["doubleData", "double[]"],
    11: ["uint64Data", "uint64[]"],
    12: ["docString", "string", "dropped"],
    13: ["externalData", "Entry[]", "external"],
    14: ["dataLocation", "int32", "external"],
    16: ["metadataProps", "Entry[]", "dropped"],
  },
  Segment: { 1: ["begin", "int64"], 2: ["end", "int64"] },
  SparseTensor: { 1: ["values", "Tensor"], 2: ["indices", "Tensor"], 3: ["dims", "int64[]"] },
  ValueInfo: {
    1: ["name", "string"],
    2: ["type", "Type"],
    3: ["docString", "string", "dropped"],
    4: ["metadataProps", "Entry[]", "dropped"],
  },
  Type: {
    1: ["tensorType", "TensorType"],
    4: ["sequenceType", "ElementType"],
    5: ["mapType", "MapType"],
    6: ["denotation", "string"],
    7: ["opaqueType", "OpaqueType"],
    8: ["sparseTensorType", "TensorType"],
    9: ["optionalType", "ElementType"],
  },
  TensorType: { 1: ["elemType", "int32"], 2: ["shape", "Shape"] },
  ElementType: { 1: ["elemType", "Type"] },
  MapType: { 1: ["keyType", "int32"], 2: ["valueType", "Type"] },
  OpaqueType: { 1: ["domain", "string"], 2: ["name", "string"] },
  Shape: { 1: ["dim", "Dimension[]"] },
  Dimension: { 1: ["dimValue", "int64"], 2: ["dimParam", "string"], 3: ["denotation", "string"] },
} as const satisfies Record<string, Readonly<Record<number, Rule>>>;

/** A kind of message. */
export type MessageName = keyof typeof SCHEMA;

/** Fields of which a message has one at most. */
export const ALTERNATIVES: { readonly [K in MessageName]?: readonly string[] } = {
  Type: [
    "tensorType",
    "sequenceType",
    "mapType",
    "opaqueType",
    "sparseTensorType",
    "optionalType",
  ],
  Dimension: ["dimValue", "dimParam"],
};

/** How single scalars are kept: numbers that are only passed on as their bytes. */
interface Scalars {
  int32: number;
  int64: bigint;
  uint64: bigint;
  float: Uint8Array;
  double: Uint8Array;
  string: string;
  bytes: Uint8Array;
}

/** A kind of scalar. */
export type Scalar = keyof Scalars;

type One<K> = K extends Scalar ? Scalars[K] : K extends MessageName ? Message<K> : never;

/** Repeated numbers are kept as the bytes that stand one after another in a packed field. */
type Value<K> = K extends `${infer Item}[]`
  ? Item extends "string" | "bytes" | MessageName ? One<Item>[] : Uint8Array
  : One<K>;

/** A message as a plain object: what was not in the file is not here. */
export type Message<K extends MessageName> = {
  -readonly [F in keyof typeof SCHEMA[K] as RuleOf<K, F>[0]]?: Value<RuleOf<K, F>[1]>;
};

type RuleOf<K extends MessageName, F extends keyof typeof SCHEMA[K]> = Extract<
  typeof SCHEMA[K][F],
  Rule
>;
