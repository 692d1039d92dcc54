/** Tests of shapes of pictures and volumes. */

import { assertEquals, assertThrows } from "@std/assert";
import { InputError, pictureShape } from "@countergrade/countergrade";

Deno.test("pictureShape() lets pictures through and refuses volumes, naming the option", () => {
  assertEquals(pictureShape("train", [3, 5, 7], "dataset"), [3, 5, 7]);
  const error = assertThrows(() => pictureShape("train", [1, 8, 8, 8], "dataset"), InputError);
  assertEquals(error.path, ["dataset"]);
  assertEquals(
    error.message,
    "Cannot train: expected images of shape [c, h, w], these are volumes of shape [1, 8, 8, 8]",
  );
});
