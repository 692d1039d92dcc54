/** Doubled and halved images and volumes in PyTorch, whose own kernels take three to five times as long on the CPU as copies and sums. */

import { briefly, type Job } from "./job.ts";
import { type Handle, NONE, stridesOf, type Torch } from "./torch.ts";

/** Each pixel of `[n, c, …space]` twice along each axis of space. */
export function doubled(torch: Torch, x: Handle, shape: readonly number[]): Handle {
  const out = shape.map((length, axis) => axis < 2 ? length : 2 * length);
  if (torch.device !== "cpu") {
    const [, , ...space] = out;
    const size = [torch.integers(space), ...space.map(() => NONE)];
    return torch.call(`upsample_nearest${space.length}d`, [torch.tensor(x), ...size])[0];
  }
  const like = [torch.tensor(x), torch.integers(out), NONE, NONE, NONE, NONE];
  const [y] = torch.call("new_empty", like);
  // What is there already: pixels with even places alone, then whole rows of even places, and so on.
  const [lengths, strides] = [[...shape], stridesOf(out)];
  const steps = strides.map((stride, axis) => axis < 2 ? stride : 2 * stride);
  briefly(torch, (keep) => {
    const placed = (start: number) => keep(torch.seenAs(y, lengths, steps, start));
    torch.copy(placed(0), x);
    for (let axis = shape.length - 1; axis >= 2; axis--) {
      torch.copy(placed(strides[axis]), placed(0));
      lengths[axis] = out[axis];
      steps[axis] = strides[axis];
    }
  });
  return y;
}

/** The mean of every two pixels of `[n, c, …space]` along each axis of space. */
export function halved({ torch, scalar, inputs: [[, , ...space]] }: Job, x: Handle): Handle {
  if (torch.device !== "cpu") {
    const each = (value: number) => torch.integers(space.map(() => value));
    const window = [each(2), each(2), each(0), torch.integer(false), torch.integer(true), NONE];
    return torch.call(`avg_pool${space.length}d`, [torch.tensor(x), ...window])[0];
  }
  return briefly(torch, (keep) => {
    let sum = x;
    space.forEach((_, i) => {
      const everySecond = (start: number) =>
        keep(
          torch.call("slice.Tensor", [
            torch.tensor(sum),
            torch.integer(2 + i),
            torch.some(torch.integer(start)),
            NONE,
            torch.integer(2),
          ])[0],
        );
      sum = keep(torch.subtract(everySecond(0), everySecond(1), -1));
    });
    const share = torch.tensor(scalar(0.5 ** space.length));
    return torch.call("mul_.Tensor", [torch.tensor(sum), share])[0];
  });
}
