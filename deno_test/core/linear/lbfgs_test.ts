/** The minimizer: known minima, convergence, cancelling. */

import { CancelledError } from "@countergrade/countergrade";
import { minimize } from "../../../core/linear/lbfgs.ts";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";

/** Rosenbrock's valley: (1 − x)² + 100·(y − x²)², minimum at (1, 1). */
function rosenbrock([x, y]: Float64Array, gradient: Float64Array): number {
  gradient[0] = -2 * (1 - x) - 400 * x * (y - x * x);
  gradient[1] = 200 * (y - x * x);
  return (1 - x) ** 2 + 100 * (y - x * x) ** 2;
}

Deno.test("minimize() follows Rosenbrock's valley to its end", async () => {
  const { x, converged, iterations } = await minimize(rosenbrock, Float64Array.of(-1.2, 1));
  assert(converged && iterations < 60, `${iterations} iterations`);
  assertAlmostEquals(x[0], 1, 1e-7);
  assertAlmostEquals(x[1], 1, 1e-7);
});

Deno.test("minimize() solves an ill-conditioned quadratic of many variables", async () => {
  const d = 50;
  const { x, slope } = await minimize((x, gradient) => {
    let value = 0;
    for (let i = 0; i < d; i++) {
      const a = 10 ** (4 * i / d);
      gradient[i] = a * (x[i] - i);
      value += a * (x[i] - i) ** 2 / 2;
    }
    return value;
  }, new Float64Array(d));
  assert(slope <= 1e-8);
  x.forEach((value, i) => assertAlmostEquals(value, i, 1e-7));
});

Deno.test("minimize() leaves its start alone, and says when it ran out of iterations", async () => {
  const start = Float64Array.of(-1.2, 1);
  const { converged, iterations } = await minimize(rosenbrock, start, { maxIterations: 3 });
  assertEquals([...start], [-1.2, 1]);
  assertEquals([converged, iterations], [false, 3]);
});

Deno.test("minimize() stops between two iterations when it is cancelled", async () => {
  const controller = new AbortController();
  let calls = 0;
  await assertRejects(
    () =>
      minimize(
        (x, gradient) => {
          if (++calls === 5) controller.abort();
          return rosenbrock(x, gradient);
        },
        Float64Array.of(-1.2, 1),
        { signal: controller.signal },
      ),
    CancelledError,
  );
  assert(calls < 15, `${calls} evaluations`);
});

Deno.test("minimize() goes on where f rounds as sums of thousands of terms do", async () => {
  let calls = 0;
  const { slope } = await minimize(
    (x, gradient) => {
      let value = 1 + 6e-15 * Math.sin(7 * ++calls);
      for (let i = 0; i < x.length; i++) {
        const a = 1 + i;
        gradient[i] = a * (x[i] - 0.1 * i);
        value += a * (x[i] - 0.1 * i) ** 2 / 2;
      }
      return value;
    },
    new Float64Array(20),
    { tolerance: 1e-11 },
  );
  assert(slope <= 1e-11 && calls < 100, `${slope} after ${calls} calls`);
});
