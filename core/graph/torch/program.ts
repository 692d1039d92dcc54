/** Graphs that PyTorch runs, on tensors that stay on its device. */

import type { Provider } from "../../provider.ts";
import type { Tensor } from "../../tensor.ts";
import { type Executor, expectOps, type Program } from "../executor.ts";
import type { Graph } from "../graph.ts";
import type { SessionOptions } from "../session_options.ts";
import type { Job } from "./job.ts";
import { KERNELS } from "./kernels.ts";
import { ELEMENTWISE, type Plan, planOf, type Slot, type Step, type StepOp } from "./plan.ts";
import { type Handle, Torch, type TorchPlace } from "./torch.ts";

/** The executor of {@linkcode TorchProgram}s. */
export const torchExecutor: Executor = {
  name: "torch",
  compile(graph, provider, options) {
    expectOps("torch", graph, KERNELS);
    return Promise.resolve(new TorchProgram(graph, placeOf(provider), options));
  },
};

/** Device and type of a provider as `torch`, `torch:cuda` or `torch:cuda:bfloat16`. */
export function placeOf(provider: Provider): TorchPlace {
  const [, ...words] = provider.split(":");
  const dtype = words.includes("bfloat16") ? "bfloat16" : "float32";
  const device = words.find((word) => word === "cuda" || word === "mps") ?? "cpu";
  return { device: device as TorchPlace["device"], dtype };
}

/** What is needed to run a graph on feeds of some shapes. */
interface Prepared {
  readonly plan: Plan;
  readonly jobs: Map<Step, Job>;
  /** Tensors that live as long as the program. */
  readonly lasting: Map<Slot, Handle>;
  ready: boolean;
}

class TorchProgram implements Program {
  #torch: Torch;
  #graph: Graph;
  #place: TorchPlace;
  #threads: number;
  #feedback: Readonly<Record<string, string>>;
  #prepared = new Map<string, Prepared>();
  /** Tensors of the inputs that stay, by name. */
  #state = new Map<string, Handle>();
  #scalars = new Map<number, { tensor: Tensor; handle: Handle }>();
  #feeds: Readonly<Record<string, Tensor>> = {};
  /** Calls of the last run. */
  calls = 0;

  constructor(graph: Graph, place: TorchPlace, options: SessionOptions) {
    this.#graph = graph;
    this.#place = place;
    this.#threads = options.threads ?? 0;
    this.#feedback = options.feedback ?? {};
    this.#torch = new Torch(place.device, options.library);
  }

  get holding(): ReadonlySet<string> {
    return new Set(this.#state.keys());
  }

  async run(feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>> {
    await Promise.resolve();
    const torch = this.#torch;
    torch.setThreads(this.#threads);
    const before = torch.calls;
    this.#feeds = feeds;
    const prepared = this.#prepare(feeds);
    const { plan } = prepared;
    const live = new Map<Slot, Handle>();
    try {
      for (const [name, slot] of plan.inputs) {
        if (slot.life === "run") live.set(slot, this.#input(feeds[name]));
        else if (feeds[name]) this.#keep(name, feeds[name]);
      }
      if (!prepared.ready) this.#setUp(prepared);
      for (const step of plan.refreshed) {
        const [from, to] = [step.inputs[0], step.outputs[0]];
        torch.copy(prepared.lasting.get(to)!, this.#handle(prepared, live, from));
      }
      for (const step of plan.steps) this.#take(prepared, live, step);
      return this.#results(prepared, live);
    } finally {
      for (const handle of live.values()) torch.free(handle);
      this.calls = torch.calls - before;
      this.#feeds = {};
    }
  }

  held(): Promise<Record<string, Tensor>> {
    const out: Record<string, Tensor> = {};
    for (const [name, handle] of this.#state) {
      out[name] = this.#torch.download(handle, this.#graph.inputs.get(name)!.shape);
    }
    return Promise.resolve(out);
  }

  [Symbol.asyncDispose](): Promise<void> {
    const torch = this.#torch;
    for (const { lasting } of this.#prepared.values()) lasting.forEach((x) => torch.free(x));
    for (const handle of this.#state.values()) torch.free(handle);
    for (const { handle } of this.#scalars.values()) torch.free(handle);
    this.#prepared.clear();
    this.#state.clear();
    this.#scalars.clear();
    return Promise.resolve();
  }

  /** Feeds of one run lie where the caller has them, if that is where PyTorch computes. */
  #input(feed: Tensor): Handle {
    return this.#place.device === "cpu" ? this.#torch.view(feed) : this.#torch.upload(feed);
  }

  /** Takes over an input that stays, in the memory that views of it show. */
  #keep(name: string, feed: Tensor): void {
    const kept = this.#state.get(name);
    if (!kept) {
      this.#state.set(name, this.#torch.upload(feed));
      return;
    }
    const view = this.#torch.view(feed);
    this.#torch.copy(kept, view);
    this.#torch.free(view);
  }

  #prepare(feeds: Readonly<Record<string, Tensor>>): Prepared {
    const shapes = new Map(
      [...this.#graph.inputs].map(([name, { shape }]) => [name, feeds[name]?.shape ?? shape]),
    );
    const key = JSON.stringify([...shapes.values()]);
    let prepared = this.#prepared.get(key);
    if (!prepared) {
      const plan = planOf(this.#graph, shapes, this.#feedback, this.#place.dtype);
      prepared = { plan, jobs: new Map(), lasting: new Map(), ready: false };
      for (const step of [...plan.setup, ...plan.steps]) {
        prepared.jobs.set(step, this.#job(step));
      }
      this.#prepared.set(key, prepared);
    }
    return prepared;
  }

  #job(step: Step): Job {
    return {
      torch: this.#torch,
      attributes: step.attributes,
      inputs: step.inputs.map(({ shape }) => shape),
      outputs: step.outputs.map(({ shape }) => shape),
      wanted: step.wanted,
      overwritten: step.overwritten,
      scalar: (value) => this.#scalar(value),
      fed: () => this.#feeds[step.fed!].data,
    };
  }

  /** Constants and what follows from them, and views of what stays. */
  #setUp(prepared: Prepared): void {
    const { plan, lasting } = prepared;
    prepared.ready = true;
    for (const [slot, value] of plan.constants) {
      lasting.set(slot, this.#input(this.#graph.constants.get(value)!));
    }
    for (const { outputs: [slot] } of plan.refreshed) {
      lasting.set(slot, this.#torch.empty(slot.shape, slot.dtype));
    }
    for (const step of plan.setup) this.#take(prepared, lasting, step);
  }

  /** The tensor of a slot; 0-dimensional constants beside other tensors are numbers of the CPU. */
  #handle(
    { plan, lasting }: Prepared,
    live: ReadonlyMap<Slot, Handle>,
    slot: Slot,
    op?: StepOp,
  ): Handle {
    if (slot.life === "run") return live.get(slot)!;
    const name = plan.held.get(slot);
    if (name !== undefined) return this.#state.get(name)!;
    const constant = plan.constants.get(slot);
    if (constant && slot.shape.length === 0 && op && ELEMENTWISE.includes(op)) {
      return this.#scalar(this.#graph.constants.get(constant)!.data[0]);
    }
    return lasting.get(slot)!;
  }

  #take(prepared: Prepared, live: Map<Slot, Handle>, step: Step): void {
    const torch = this.#torch;
    const x = step.inputs.map((slot) => this.#handle(prepared, live, slot, step.op));
    const made = step.op === "Cast"
      ? [this.#cast(x[0], step.outputs[0])]
      : step.op === "Flatten"
      ? torch.call("flatten_dense_tensors", [torch.tensors(x)])
      : KERNELS[step.op](prepared.jobs.get(step)!, x);
    step.outputs.forEach((slot, i) => {
      if (step.wanted[i]) live.set(slot, made[i]);
      else torch.free(made[i]);
    });
    for (const slot of step.ends) {
      torch.free(live.get(slot) ?? 0n);
      live.delete(slot);
    }
  }

  #cast(from: Handle, { shape, dtype }: Slot): Handle {
    const to = this.#torch.empty(shape, dtype);
    this.#torch.copy(to, from);
    return to;
  }

  /** What the graph gives; what is fed back stays. */
  #results(prepared: Prepared, live: Map<Slot, Handle>): Record<string, Tensor> {
    const { plan } = prepared;
    const out: Record<string, Tensor> = {};
    for (const [name, slot] of plan.outputs) {
      const handle = this.#handle(prepared, live, slot);
      const input = this.#feedback[name];
      if (input === undefined) out[name] = this.#torch.download(handle, slot.shape);
      else if (!plan.inPlace.has(slot)) this.#torch.copy(this.#state.get(input)!, handle);
    }
    return out;
  }

  /** A number of the CPU, which elementwise ops of any device take. */
  #scalar(value: number): Handle {
    let scalar = this.#scalars.get(value);
    if (!scalar) {
      const tensor = { shape: [], data: Float32Array.of(value) };
      this.#scalars.set(value, scalar = { tensor, handle: this.#torch.view(tensor) });
    }
    return scalar.handle;
  }
}
