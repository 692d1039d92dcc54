/** Adam's update in PyTorch, in place. */

import { ADAM, ADAM_RATES } from "../ops.ts";
import { briefly, type Job, type Kernel, reshaped } from "./job.ts";
import { type Handle, NONE } from "./torch.ts";

/** The inputs that the first four outputs take the place of. */
const STATE = [0, 1, 2, 3];

/** One pass over weights and moments; the gradient is scaled down on the way where its norm is too large. */
export const adamUpdate: Kernel = (job, x) => {
  const { torch } = job;
  const rates = ratesOf(job);
  const state = STATE.map((i) => job.overwritten[i] ? torch.again(x[i]) : torch.clone(x[i]));
  const [weights, mean, square, average] = state;
  const norm = normOf(job, x[4]);
  briefly(torch, (keep) => {
    const list = (...values: Handle[]) => torch.tensors(values);
    const step = keep(torch.empty([]));
    torch.fill(step, rates.step);
    // The update scales the gradient in its place, and others may read it.
    const gradient = job.overwritten[4] ? x[4] : keep(torch.clone(x[4]));
    const scale = keep(clipping(job, norm, rates.maxNorm));
    torch.call("_fused_adamw_", [
      list(weights),
      list(gradient),
      list(mean),
      list(square),
      list(),
      list(step),
      ...[
        rates.learningRate,
        ADAM.beta1,
        ADAM.beta2,
        rates.weightDecay,
        ADAM.epsilon,
      ].map((rate) => torch.number(rate)),
      torch.integer(false),
      torch.integer(false),
      torch.optional(scale),
      NONE,
    ], 0);
    const share = keep(torch.empty([]));
    torch.fill(share, 1 - rates.averageDecay);
    const mixed = [average, weights, share].map((value) => torch.tensor(value));
    keep(torch.call("lerp_.Tensor", mixed)[0]);
  });
  return [...state, norm];
};

/** As many squares are summed at once: one float32 sum over millions would lose digits. */
const CHUNK = 4096;

/** √Σg² of a flat vector, of shape [1]. */
function normOf({ torch, inputs: [, , , , [length]] }: Job, g: Handle): Handle {
  return briefly(torch, (keep) => {
    const rest = length % CHUNK;
    const rows = (start: number, shape: readonly number[]) =>
      keep(reshaped(torch, keep(torch.narrow(g, 0, start, shape[0] * shape[1])), shape));
    const parts = [
      ...length > rest ? [rows(0, [(length - rest) / CHUNK, CHUNK])] : [],
      ...rest ? [rows(length - rest, [1, rest])] : [],
    ];
    const sums = parts.map((part) =>
      keep(
        torch.call("linalg_vecdot", [
          torch.tensor(part),
          torch.tensor(part),
          torch.integer(-1),
        ])[0],
      )
    );
    const all = keep(torch.call("cat", [torch.tensors(sums), torch.integer(0)])[0]);
    const axes = torch.some(torch.integers([0]));
    const sum = [torch.tensor(all), axes, torch.integer(true), NONE];
    return torch.call("sqrt", [torch.tensor(keep(torch.call("sum.dim_IntList", sum)[0]))])[0];
  });
}

/** What the gradient is divided by: max(1, (norm + 10⁻⁶) / maxNorm), of shape []. */
function clipping({ torch, scalar }: Job, norm: Handle, maxNorm: number): Handle {
  return briefly(torch, (keep) => {
    const raised = keep(torch.subtract(norm, scalar(1e-6), -1));
    const share = torch.tensor(scalar(1 / maxNorm));
    const ratio = keep(torch.call("mul.Tensor", [torch.tensor(raised), share])[0]);
    const most = keep(torch.call("maximum", [torch.tensor(ratio), torch.tensor(scalar(1))])[0]);
    return reshaped(torch, most, []);
  });
}

function ratesOf(job: Job): Record<typeof ADAM_RATES[number], number> {
  const fed = job.fed();
  return Object.fromEntries(ADAM_RATES.map((name, i) => [name, fed[i]])) as ReturnType<
    typeof ratesOf
  >;
}
