/** JPEG by sharp: only for who asks, and as near to our own reading as its steps are; what it should not read, ours does. */

import { Host, InputError } from "@countergrade/countergrade";
import { builtins } from "@countergrade/countergrade/plugins";
import { assert, assertEquals, assertRejects } from "@std/assert";

const VARIABLE = "COUNTERGRADE_SHARP";
const installed = Deno.env.get(VARIABLE);
const pictures = new URL("../../../core/images/pictures/", import.meta.url);

/** Opens the JPEG files of the tests with the variable as given. */
async function opened(named: string | undefined, trusted = true) {
  const root = await Deno.realPath(await Deno.makeTempDir());
  const before = Deno.env.get(VARIABLE);
  if (named === undefined) Deno.env.delete(VARIABLE);
  else Deno.env.set(VARIABLE, named);
  try {
    for (const label of ["a", "b"]) {
      await Deno.mkdir(`${root}/own/${label}`, { recursive: true });
      for (const name of ["color.jpg", "gray.jpg"]) {
        await Deno.copyFile(new URL(name, pictures), `${root}/own/${label}/${name}`);
      }
      await Deno.writeTextFile(`${root}/own/${label}/text.jpg`, "no picture");
    }
    await Deno.writeTextFile(
      `${root}/own/countergrade-dataset.json`,
      '{"imageSize": 8, "channels": 3, "splits": {"train": 1, "val": 0, "test": 0}}',
    );
    await using host = await Host.boot(builtins, { roots: [root], trusted });
    const dataset = await host.openDataset("own");
    const { images } = await dataset.get("train", [0, 1, 2, 3]);
    return { images, skipped: dataset.skipped, fingerprint: dataset.fingerprint };
  } finally {
    if (before === undefined) Deno.env.delete(VARIABLE);
    else Deno.env.set(VARIABLE, before);
    await Deno.remove(root, { recursive: true });
  }
}

/** A module called sharp that makes every picture white. */
async function whitePainter(): Promise<string> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  await Deno.mkdir(`${folder}/node_modules/sharp`, { recursive: true });
  await Deno.writeTextFile(
    `${folder}/node_modules/sharp/package.json`,
    '{"name": "sharp", "main": "index.js", "type": "commonjs"}',
  );
  await Deno.writeTextFile(
    `${folder}/node_modules/sharp/index.js`,
    `module.exports = (bytes) => {
      if (bytes[0] !== 0xff) throw new Error("no picture");
      const made = { metadata: async () => ({ width: 16, height: 16, space: "b-w" }) };
      made.rotate = made.raw = () => made;
      made.resize = (width, height) => ({ raw: () => ({ toBuffer: async () => ({
        data: new Uint8Array(width * height).fill(255), info: { width, height, channels: 1 } }) }) });
      return made;
    };`,
  );
  return folder;
}

Deno.test("sharp reads JPEG where its folder is named and the caller owns the machine, else nobody asks it", async () => {
  const folder = await whitePainter();
  try {
    const by = await opened(folder);
    assert(by.images.data.every((y) => y === 1));
    assertEquals(by.skipped?.map(({ file }) => file), ["a/text.jpg", "b/text.jpg"]);
    const [plain, remote] = [await opened(undefined), await opened(folder, false)];
    assert(plain.images.data.some((y) => y < 1));
    assertEquals(remote.images, plain.images);
    await assertRejects(() => opened("/no/such/folder"), InputError, "npm install sharp");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test({
  name: "what sharp reads is as near to our own reading as its steps are",
  ignore: !installed,
  async fn() {
    const [by, own] = [await opened(installed), await opened(undefined)];
    by.images.data.forEach((y, i) => assert(Math.abs(y - own.images.data[i]) < 0.03, `pixel ${i}`));
  },
});

if (!installed) console.log(`${VARIABLE} names no folder: sharp itself is not tried`);
