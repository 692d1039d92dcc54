/** The order in which PyTorch computes a graph: which values are made once, which at every run, and when each is freed. */

import type { Graph, Node, Value } from "../graph.ts";
import { neededNodes } from "../needed.ts";
import { type Attributes, type Op, OPS } from "../ops.ts";
import type { TorchPlace } from "./torch.ts";

/** A place for a tensor. */
export interface Slot {
  readonly shape: readonly number[];
  readonly dtype: TorchPlace["dtype"];
  /**
   * How long its tensor lives: `fixed` as long as the program, made once; `held` too, and a run may overwrite it; `view` shows a
   * part of a held one; `run` until its last reader in a run.
   */
  readonly life: "fixed" | "held" | "view" | "run";
}

/** What a step does: an op of graphs, or one of two that graphs do not have. */
export type StepOp = Op | "Cast" | "Flatten";

/** One call of a kernel. */
export interface Step {
  readonly op: StepOp;
  readonly attributes: Attributes;
  readonly layer: string;
  readonly inputs: readonly Slot[];
  readonly outputs: readonly Slot[];
  /** Which outputs anything depends on. */
  readonly wanted: readonly boolean[];
  /** Slots that nobody reads after this step. */
  ends: readonly Slot[];
  /** Which inputs may be overwritten by the output that takes their place. */
  overwritten: readonly boolean[];
  /** The name of the input that is read on the CPU. */
  readonly fed?: string;
}

/** See {@linkcode planOf}. */
export interface Plan {
  /** By the names of the graph; where a number is read on the CPU alone, it has no slot. */
  readonly inputs: ReadonlyMap<string, Slot>;
  readonly outputs: ReadonlyMap<string, Slot>;
  readonly constants: ReadonlyMap<Slot, Value>;
  /** Made once, after the first feeds of what is held. */
  readonly setup: readonly Step[];
  /** Casts of what is held, into the same memory at every run. */
  readonly refreshed: readonly Step[];
  /** Made at every run. */
  readonly steps: readonly Step[];
  /** Names of the inputs, by the slots of held ones. */
  readonly held: ReadonlyMap<Slot, string>;
  /** Results that are in the place of what they are fed to already. */
  readonly inPlace: ReadonlySet<Slot>;
}

/** Ops whose result shows the memory of their input where that is contiguous, along the first axis. */
const VIEWS: readonly StepOp[] = ["Split", "Reshape", "Slice"];

/** Ops that take a number of the CPU beside a tensor of any device. */
export const ELEMENTWISE: readonly StepOp[] = ["Add", "Sub", "Mul", "Div"];

/** Ops that lose too many digits in bfloat16: angles of up to a thousand radians. */
const EXACT: readonly Op[] = ["Sin", "Cos"];

/**
 * Plans the runs of a graph for feeds of some shapes.
 *
 * @param feedback Outputs, by name, with the input that each is fed to at the next run; these stay on the device.
 */
export function planOf(
  graph: Graph,
  shapes: ReadonlyMap<string, readonly number[]>,
  feedback: Readonly<Record<string, string>>,
  dtype: TorchPlace["dtype"],
): Plan {
  return new Planner(graph, shapes, feedback, dtype).plan();
}

class Planner {
  #graph: Graph;
  #nodes: Node[];
  #shapes = new Map<Value, readonly number[]>();
  #feeds: ReadonlyMap<string, readonly number[]>;
  #dtype: TorchPlace["dtype"];
  #slots = new Map<Value, Slot>();
  #casts = new Map<Slot, Slot>();
  #feedback: Readonly<Record<string, string>>;
  #readers = new Map<Value, Node[]>();
  #exact: Set<Node>;
  #setup: Step[] = [];
  #refreshed: Step[] = [];
  #steps: Step[] = [];

  constructor(
    graph: Graph,
    shapes: ReadonlyMap<string, readonly number[]>,
    feedback: Readonly<Record<string, string>>,
    dtype: TorchPlace["dtype"],
  ) {
    this.#graph = graph;
    this.#feeds = shapes;
    this.#feedback = feedback;
    this.#dtype = dtype;
    const needed = neededNodes(graph);
    this.#nodes = graph.nodes.filter((node) => needed.has(node));
    for (const node of this.#nodes) {
      for (const value of node.inputs) {
        const readers = this.#readers.get(value);
        if (readers) readers.push(node);
        else this.#readers.set(value, [node]);
      }
    }
    this.#exact = exactNodes(this.#nodes);
  }

  plan(): Plan {
    const [inputs, constants] = [new Map<string, Slot>(), new Map<Slot, Value>()];
    const held = new Map<Slot, string>();
    const staying = new Set(Object.values(this.#feedback));
    for (const [name, value] of this.#graph.inputs) {
      const shape = this.#feeds.get(name) ?? value.shape;
      this.#shapes.set(value, shape);
      if (this.#readOnCpu(value)) continue;
      const life = staying.has(name) ? "held" : "run";
      const slot: Slot = { shape, dtype: "float32", life };
      this.#slots.set(value, slot);
      inputs.set(name, slot);
      if (life === "held") held.set(slot, name);
    }
    for (const value of this.#graph.constants.keys()) {
      if (!this.#readers.has(value) && !this.#isOutput(value)) continue;
      this.#shapes.set(value, value.shape);
      const slot: Slot = { shape: value.shape, dtype: "float32", life: "fixed" };
      this.#slots.set(value, slot);
      constants.set(slot, value);
    }
    const folded = this.#foldedReshapes();
    for (const node of this.#nodes) if (!folded.has(node)) this.#add(node, folded);
    const outputs = new Map<string, Slot>();
    for (const [name, value] of this.#graph.outputs) outputs.set(name, this.#slots.get(value)!);
    this.#end(outputs);
    const inPlace = this.#overwrite(held, outputs);
    return {
      inputs,
      outputs,
      constants,
      setup: this.#setup,
      refreshed: this.#refreshed,
      steps: this.#steps,
      held,
      inPlace,
    };
  }

  /** Whether only AdamUpdate reads an input, as its rates. */
  #readOnCpu(value: Value): boolean {
    const readers = this.#readers.get(value) ?? [];
    return readers.length > 0 && !this.#isOutput(value) &&
      readers.every(({ op, inputs }) =>
        op === "AdamUpdate" && inputs.indexOf(value) === 5 && inputs.lastIndexOf(value) === 5
      );
  }

  #isOutput(value: Value): boolean {
    for (const output of this.#graph.outputs.values()) if (output === value) return true;
    return false;
  }

  /** Vectors that are only joined, as gradients of parameters: their shapes do not matter to the joint. */
  #foldedReshapes(): Set<Node> {
    const folded = new Set<Node>();
    for (const node of this.#nodes) {
      if (node.op !== "Concat" || node.outputs[0].shape.length !== 1) continue;
      for (const { node: maker } of node.inputs) {
        if (maker?.op !== "Reshape") continue;
        const [result] = maker.outputs;
        if (this.#readers.get(result)!.length === 1 && !this.#isOutput(result)) folded.add(maker);
      }
    }
    return folded;
  }

  #add(node: Node, folded: ReadonlySet<Node>): void {
    const { op, attributes, layer } = node;
    const values = node.inputs.map((value) =>
      value.node && folded.has(value.node) ? value.node.inputs[0] : value
    );
    const shapes = node.inputs.map((value) => this.#shapeOf(value));
    const made = this.#inferred(node, shapes);
    const dtype = this.#exact.has(node) ? "float32" : this.#dtype;
    const inputs = values.filter((value) => this.#slots.has(value))
      .map((value) => this.#cast(this.#slots.get(value)!, dtype, op));
    const fed = values.find((value) => !this.#slots.has(value));
    const life = lifeOf(op, inputs);
    const outputs = made.map((shape): Slot => ({ shape, dtype, life }));
    node.outputs.forEach((value, i) => {
      this.#shapes.set(value, made[i]);
      this.#slots.set(value, outputs[i]);
    });
    const flat = node.inputs.some((value, i) => value !== values[i]);
    this.#put({
      op: flat ? "Flatten" : op,
      attributes: op === "Reshape" || op === "Expand"
        ? { ...attributes, shape: made[0] }
        : attributes,
      layer,
      inputs,
      outputs,
      wanted: node.outputs.map((value) => this.#readers.has(value) || this.#isOutput(value)),
      ends: [],
      overwritten: [],
      fed: fed && this.#nameOf(fed),
    });
  }

  #nameOf(input: Value): string | undefined {
    for (const [name, value] of this.#graph.inputs) if (value === input) return name;
    return undefined;
  }

  #shapeOf(value: Value): readonly number[] {
    const known = this.#shapes.get(value);
    if (known) return known;
    // Of a folded reshape, which a vector is read from.
    const { node, shape } = value;
    const [from] = node!.inputs;
    return shape.length === 1 ? [size(this.#shapeOf(from))] : shape;
  }

  /** The shapes that come out, where the first axis may be another than the graph was built with. */
  #inferred(node: Node, shapes: readonly (readonly number[])[]): readonly (readonly number[])[] {
    const { op, inputs, attributes } = node;
    const [first] = shapes;
    const { shape } = attributes;
    if (shape && (op === "Reshape" || op === "Expand") && first[0] !== inputs[0].shape[0]) {
      const changed = shape[0] === inputs[0].shape[0] ? shape.with(0, first[0]) : shape;
      return OPS[op].infer(shapes, { ...attributes, shape: changed });
    }
    return OPS[op].infer(shapes, attributes);
  }

  /** The slot itself, or one of the same numbers in another type. */
  #cast(slot: Slot, dtype: TorchPlace["dtype"], op: Op): Slot {
    // A single number takes the type of what it meets.
    const single = slot.shape.length === 0 && ELEMENTWISE.includes(op);
    if (slot.dtype === dtype || single) return slot;
    let cast = this.#casts.get(slot);
    if (!cast) {
      cast = { ...slot, dtype, life: slot.life === "view" ? "run" : slot.life };
      this.#casts.set(slot, cast);
      const parts = { inputs: [slot], outputs: [cast], wanted: [true], ends: [], overwritten: [] };
      this.#put({ op: "Cast", attributes: {}, layer: "", ...parts });
    }
    return cast;
  }

  #put(step: Step): void {
    const [{ life }] = step.outputs;
    if (life === "fixed" || life === "view") this.#setup.push(step);
    else if (life === "held") this.#refreshed.push(step);
    else this.#steps.push(step);
  }

  /** Notes behind each step what nobody reads any more. */
  #end(outputs: ReadonlyMap<string, Slot>): void {
    const seen = new Set<Slot>(outputs.values());
    for (const step of this.#steps.toReversed()) {
      const ends = new Set([...step.inputs, ...step.outputs].filter(({ life }) => life === "run"))
        .difference(seen);
      step.ends = [...ends];
      ends.forEach((slot) => seen.add(slot));
    }
  }

  /** Lets updates write over the state that their results are fed to, and over a gradient that nobody else reads. */
  #overwrite(held: ReadonlyMap<Slot, string>, outputs: ReadonlyMap<string, Slot>): Set<Slot> {
    const inPlace = new Set<Slot>();
    const names = new Map([...outputs].map(([name, slot]) => [slot, name]));
    const fresh = this.#steps.filter(({ op }) => op === "Flatten" || op === "Cast");
    const made = new Set(fresh.map(({ outputs: [slot] }) => slot));
    for (const step of this.#steps) {
      if (step.op !== "AdamUpdate") continue;
      step.overwritten = step.inputs.map((slot, i) => {
        const [input, output] = [held.get(slot), names.get(step.outputs[i])];
        const own = input !== undefined && output !== undefined && this.#feedback[output] === input;
        if (own) inPlace.add(step.outputs[i]);
        return own || (made.has(slot) && step.ends.includes(slot));
      });
    }
    return inPlace;
  }
}

function size(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** How long the results of an op live. */
function lifeOf(op: Op, inputs: readonly Slot[]): Slot["life"] {
  if (inputs.every(({ life }) => life === "fixed")) return "fixed";
  const [{ life }] = inputs;
  const shown = life === "held" || life === "view";
  return shown && VIEWS.includes(op) && inputs.length === 1 ? "view" : "run";
}

/** Nodes that must not lose digits: the exact ops, what leads to them alone, results of one number, and updates. */
function exactNodes(nodes: readonly Node[]): Set<Node> {
  const exact = new Set<Node>();
  const wanted = new Set<Value>();
  for (const node of nodes.toReversed()) {
    const towards = EXACT.includes(node.op) || node.outputs.some((value) => wanted.has(value));
    if (towards) node.inputs.forEach((value) => wanted.add(value));
    if (towards || node.op === "AdamUpdate" || size(node.outputs[0].shape) === 1) exact.add(node);
  }
  return exact;
}
