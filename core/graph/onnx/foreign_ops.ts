/** Which ops a model of a stranger may use. */

import { FormatError } from "../../errors.ts";
import type { Message } from "./schema.ts";

/** Ops of ONNX, and those that onnxruntime adds to them. Its inner domains trust their input; others come with libraries. */
const DOMAINS: readonly string[] = ["", "ai.onnx", "ai.onnx.ml", "com.microsoft"];

/** Ops of these domains whose attributes name a file, or code. */
const REFUSED: readonly string[] = ["EPContext", "PythonOp", "PythonOpGrad"];

/** Domains in which a model defines no functions, since the runtime has ops there. */
const RUNTIME = /^$|^(ai\.onnx|com\.microsoft|com\.ms|com\.intel|com\.xilinx|org\.pytorch)(\.|$)/;

/** Nodes that a model has once its functions stand where they are called. */
const MOST_NODES = 1_000_000;

/**
 * Refuses ops that are neither in the domains above nor defined in the model, and functions that call themselves or grow
 * without measure. Imports of other domains, which onnxruntime itself writes without need, are left out of the model.
 *
 * @throws {FormatError} When there are such.
 */
export function checkOps(model: Message<"Model">): void {
  const functions = new Map<string, Message<"Function">>();
  for (const one of model.functions ?? []) {
    const key = keyOf(one.domain, one.name, one.overload);
    if (RUNTIME.test(one.domain ?? "")) {
      throw new FormatError(`it defines the function ${one.name} in the domain "${one.domain}"`);
    }
    if (functions.has(key)) throw new FormatError(`it defines the function ${one.name} twice`);
    functions.set(key, one);
  }
  new Walk(functions).graph(model.graph!);
  const known = new Set([...DOMAINS, ...[...functions.values()].map(({ domain }) => domain)]);
  for (const part of [model, ...functions.values()]) {
    part.opsetImport = part.opsetImport?.filter(({ domain = "" }) => known.has(domain));
  }
}

function keyOf(domain = "", name = "", overload = ""): string {
  return JSON.stringify([domain, name, overload]);
}

/** Follows all nodes, and each function once. */
class Walk {
  #functions: ReadonlyMap<string, Message<"Function">>;
  /** Nodes of a function with all that it calls; undefined while it is walked. */
  #sizes = new Map<string, number | undefined>();

  constructor(functions: ReadonlyMap<string, Message<"Function">>) {
    this.#functions = functions;
    for (const key of functions.keys()) this.#sizeOf(key);
  }

  graph({ node = [] }: Message<"Graph">): number {
    return this.#nodes(node);
  }

  #nodes(nodes: readonly Message<"Node">[]): number {
    let size = 0;
    for (const node of nodes) size += this.#node(node);
    if (size > MOST_NODES) throw new FormatError(`it has more than ${MOST_NODES} nodes`);
    return size;
  }

  #node({ domain = "", opType = "", overload, attribute, ...ports }: Message<"Node">): number {
    const size = 1 + this.#attributes(attribute);
    const key = keyOf(domain, opType, overload);
    const called = this.#functions.get(key);
    if (called) {
      expectPorts(called, ports);
      return size + this.#sizeOf(key);
    }
    if (DOMAINS.includes(domain) && !REFUSED.includes(opType)) return size;
    throw new FormatError(`it uses the op ${opType} of the domain "${domain}", which is not taken`);
  }

  /** Graphs within attributes: branches, loops, and defaults of functions. */
  #attributes(attributes: readonly Message<"Attribute">[] = []): number {
    let size = 0;
    for (const { g, graphs = [] } of attributes) {
      for (const inner of g ? [g, ...graphs] : graphs) size += this.graph(inner);
    }
    return size;
  }

  #sizeOf(key: string): number {
    const known = this.#sizes.get(key);
    if (known !== undefined) return known;
    const { name, node = [], attributeProto } = this.#functions.get(key)!;
    if (this.#sizes.has(key)) throw new FormatError(`its function ${name} calls itself`);
    this.#sizes.set(key, undefined);
    const size = this.#nodes(node) + this.#attributes(attributeProto);
    this.#sizes.set(key, size);
    return size;
  }
}

/** onnxruntime ends the process when a function is given more than it takes. */
function expectPorts(
  { name, input = [], output = [] }: Message<"Function">,
  given: Pick<Message<"Node">, "input" | "output">,
): void {
  const [inputs, outputs] = [given.input?.length ?? 0, given.output?.length ?? 0];
  if (inputs <= input.length && outputs <= output.length) return;
  throw new FormatError(
    `its function ${name} has ${input.length} inputs and ${output.length} outputs, ` +
      `a call has ${inputs} and ${outputs}`,
  );
}
