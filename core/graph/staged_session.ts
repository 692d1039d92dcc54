/** Sessions in stages: what depends on one input alone is computed once for a feed, however many runs it takes part in. */

import type { Tensor } from "../tensor.ts";
import { Graph, type Value } from "./graph.ts";
import { Session } from "./session.ts";
import type { SessionOptions } from "./session_options.ts";

/**
 * Cuts a graph. For each of `names` the first part of the result has a graph of everything that follows from this input
 * alone; the rest takes the results of these as further inputs.
 *
 * @example
 * ```ts
 * import { stagesOf } from "./staged_session.ts";
 * import { exp, Graph, mul } from "@countergrade/countergrade/engine";
 * import { assertEquals } from "@std/assert";
 *
 * const graph = new Graph();
 * const [x, t] = [graph.input("x", [3]), graph.input("t", [3])];
 * graph.output("y", mul(x, exp(t)));
 * const { early, rest } = stagesOf(graph, ["t"]);
 * assertEquals(early.get("t")!.nodes.map(({ op }) => op), ["Exp"]);
 * assertEquals(rest.nodes.map(({ op }) => op), ["Mul"]);
 * ```
 */
export function stagesOf(
  graph: Graph,
  names: readonly string[],
): { early: Map<string, Graph>; rest: Graph } {
  const origin = originsOf(graph);
  const stages = new Map(names.map((name) => [name, partOf(graph, [name])]));
  const rest = partOf(graph, [...graph.inputs.keys()].filter((name) => !names.includes(name)));
  const handOver = (value: Value) => {
    const from = origin.get(value);
    const stage = from === undefined ? undefined : stages.get(from);
    if (!stage) return;
    const name = value === graph.inputs.get(from!) ? from! : `${from}.${value.id}`;
    if (name !== from) stage.outputs.set(name, value);
    rest.inputs.set(name, value);
  };
  for (const node of graph.nodes) {
    if (!origin.has(node.outputs[0])) {
      for (const part of [...stages.values(), rest]) part.nodes.push(node);
      continue;
    }
    const stage = stages.get(origin.get(node.outputs[0]) ?? "");
    (stage ?? rest).nodes.push(node);
    if (!stage) node.inputs.forEach(handOver);
  }
  for (const [name, value] of graph.outputs) {
    handOver(value);
    rest.outputs.set(name, value);
  }
  return { early: stages, rest };
}

/** The one input that a value follows from; undefined for several, and absent for what follows from constants alone. */
function originsOf(graph: Graph): Map<Value, string | undefined> {
  const origin = new Map<Value, string | undefined>();
  for (const [name, value] of graph.inputs) origin.set(value, name);
  for (const node of graph.nodes) {
    const from = new Set(
      node.inputs.filter((input) => origin.has(input)).map((i) => origin.get(i)),
    );
    if (!from.size) continue;
    const [only] = from.size === 1 ? from : [undefined];
    node.outputs.forEach((output) => origin.set(output, only));
  }
  return origin;
}

/** A graph without nodes yet, on the constants of another. */
function partOf(graph: Graph, inputs: readonly string[]): Graph {
  const part = new Graph();
  for (const [value, tensor] of graph.constants) part.constants.set(value, tensor);
  for (const name of inputs) part.inputs.set(name, graph.inputs.get(name)!);
  return part;
}

/** A compiled graph some of whose inputs are known to be fed often with the same tensor. */
export class StagedSession implements AsyncDisposable {
  #early: Map<string, Session>;
  #rest: Session;
  /** Results of the first stages, as long as somebody holds the tensor that they follow from. */
  #results = new WeakMap<Tensor, Record<string, Tensor>>();

  private constructor(early: Map<string, Session>, rest: Session) {
    this.#early = early;
    this.#rest = rest;
  }

  /** Compiles a graph; `names` are the inputs whose consequences are kept. */
  static async compile(
    graph: Graph,
    names: readonly string[],
    options: SessionOptions = {},
  ): Promise<StagedSession> {
    const { early, rest } = stagesOf(graph, names);
    const sessions = new Map<string, Session>();
    for (const [name, stage] of early) {
      // Small: a pool of threads of its own would only keep the cores from the rest, by waiting busily for more.
      const small = { ...options, threads: 1 };
      if (stage.outputs.size) sessions.set(name, await Session.compile(stage, small));
    }
    return new StagedSession(sessions, await Session.compile(rest, options));
  }

  /** Runs the graph. A tensor that was fed before under such a name must have the values that it had then. */
  async run(feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>> {
    const all = { ...feeds };
    for (const [name, session] of this.#early) {
      const feed = feeds[name];
      let results = feed && this.#results.get(feed);
      if (!results) {
        results = await session.run({ [name]: feed });
        this.#results.set(feed, results);
      }
      Object.assign(all, results);
    }
    return await this.#rest.run(all);
  }

  /** Frees what onnxruntime holds for its graphs. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const session of [...this.#early.values(), this.#rest]) {
      await session[Symbol.asyncDispose]();
    }
  }
}
