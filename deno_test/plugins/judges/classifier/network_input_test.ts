/** Images as a network wants them. */

import { InputError, tensor } from "@countergrade/countergrade";
import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { networkInput } from "../../../../plugins/judges/classifier/network_input.ts";

const plain = { range: [0, 1] as const, mean: [0], std: [1] };
const gray = tensor([1, 1, 1, 2], [-1, 1]);

Deno.test("black and white become the ends of the range, then mean and std are applied", () => {
  assertEquals([...networkInput(gray, { ...plain, shape: [1, 1, 2] }).data], [0, 1]);
  const bytes = { ...plain, shape: [1, 1, 2], range: [0, 255] as const };
  assertEquals([...networkInput(gray, bytes).data], [0, 255]);
  const shifted = { ...plain, shape: [1, 1, 2], range: [10, 20] as const };
  assertEquals([...networkInput(gray, shifted).data], [10, 20]);
  const normal = { ...plain, shape: [1, 1, 2], mean: [0.5], std: [0.25] };
  assertEquals([...networkInput(gray, normal).data], [-2, 2]);
});

Deno.test("gray is repeated for three channels, each with its own mean; color becomes gray", () => {
  const three = { ...plain, shape: [3, 1, 2], mean: [0, 0.25, 0.5], std: [1, 1, 0.5] };
  assertEquals([...networkInput(gray, three).data], [0, 1, -0.25, 0.75, -1, 1]);
  const red = tensor([1, 3, 1, 1], [1, -1, -1]);
  assertAlmostEquals(networkInput(red, { ...plain, shape: [1, 1, 1] }).data[0], 0.299, 1e-6);
  assertThrows(
    () => networkInput(tensor([1, 2, 1, 1], [0, 0]), { ...plain, shape: [3, 1, 1] }),
    InputError,
    "expected 3 channels as the judge takes, current number is 2",
  );
});

Deno.test("images are brought to the network's size, and stay as they are where it takes any", () => {
  assertEquals(networkInput(gray, { ...plain, shape: [1, 1, 1] }).data[0], 0.5);
  assertEquals(networkInput(gray, { ...plain, shape: [1, null, null] }).shape, [1, 1, 1, 2]);
});
