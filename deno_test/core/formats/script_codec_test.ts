/** Decoders as WebAssembly and as scripts: the same pictures, whichever a thread may use. */

import { assert, assertEquals } from "@std/assert";
import { codecFiles } from "../../../core/formats/script_codec.ts";

const modules = new URL("../../../core/", import.meta.url);
const FILES = [
  new URL("../images/pictures/color.jpg", import.meta.url),
  new URL("dicom/syntaxes/j2k_color.dcm", import.meta.url),
  new URL("dicom/syntaxes/htj2k.dcm", import.meta.url),
];

/** Pixels of the files, decoded in a thread that may read what is given. */
async function decodedWith(read: URL[]): Promise<{ pixels: Float32Array[]; compiles: number }> {
  const script = `
    import { readPicture } from "${modules}images/picture.ts";
    let compiles = 0;
    const compile = WebAssembly.compile;
    WebAssembly.compile = (bytes) => (compiles++, compile(bytes));
    onmessage = async ({ data }) => {
      const pixels = [];
      for (const bytes of data) pixels.push((await readPicture(bytes)).data);
      postMessage({ pixels, compiles });
    };`;
  const worker = new Worker(`data:application/javascript,${encodeURIComponent(script)}`, {
    type: "module",
    deno: { permissions: { read } },
  });
  try {
    return await new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(event.message));
      };
      worker.postMessage(FILES.map((file) => Deno.readFileSync(file)));
    });
  } finally {
    worker.terminate();
  }
}

Deno.test("a thread that may read nothing decodes by scripts, to the same numbers as by WebAssembly", async () => {
  assertEquals(codecFiles().length, 2);
  const [compiled, scripts] = [await decodedWith(codecFiles()), await decodedWith([])];
  assertEquals([compiled.compiles, scripts.compiles], [2, 0]);
  compiled.pixels.forEach((pixels, i) => {
    assert(pixels.length > 0);
    assertEquals(pixels, scripts.pixels[i]);
  });
});
