/** Tests of planes of volumes by their addresses. */

import { Host, InputError } from "@countergrade/countergrade";
import { ofPng, planeOf, sheetOf, toPng } from "@countergrade/countergrade/images";
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { vertebraDataset } from "../../../plugins/datasets/vertebra/mod.ts";
import { addressOf, DatasetPictures } from "../../../server/http/dataset_pictures.ts";
import { cutIn, planeOfSheet } from "../../../server/http/plane_cut.ts";
import { respondWithDatasetImage } from "../../../server/http/routes/datasets.ts";

Deno.test("an image of a data set of volumes is had plane by plane, or as all its slices", async () => {
  await using host = await Host.boot([vertebraDataset]);
  const pictures = new DatasetPictures(host);
  const get = async (address: string) => {
    const url = new URL(address, "http://localhost");
    return await respondWithDatasetImage(new Request(url), url, pictures);
  };
  const picture = await pictures.image(await pictures.dataset("vertebra3d"), "val", 0);
  const address = addressOf(picture, { axis: "row", index: 3 });
  const plane = await get(address);
  assertEquals(await plane.bytes(), toPng(planeOf(picture.image, "row", 3), 0));
  const other = await get(address.replace("index=3", "index=4"));
  assertEquals(plane.headers.get("etag") === other.headers.get("etag"), false);
  await assertRejects(
    () => get(address.replace("index=3", "index=32")),
    InputError,
    "from 0 to 31",
  );
  await assertRejects(() => get(address.replace("row", "time")), InputError, "expected an axis");
  const sheet = await (await get(addressOf(picture, { axis: "all", index: 0 }))).bytes();
  assertEquals(sheet, toPng(sheetOf(picture.image), 0));
  // A stored sheet is cut as the volume is.
  const cut = cutIn(new URLSearchParams("axis=column&index=7&depth=32"))!;
  assertEquals(
    ofPng(planeOfSheet(sheet, cut)).data,
    ofPng(toPng(planeOf(picture.image, "column", 7), 0)).data,
  );
  assertThrows(() => planeOfSheet(sheet, { ...cut, depth: 31 }), InputError, "not those of 31");
  assertThrows(() => planeOfSheet(sheet, { ...cut, index: 32 }), InputError, "from 0 to 31");
});
