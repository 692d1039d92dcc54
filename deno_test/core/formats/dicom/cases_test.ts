/** DICOM files that were once shown wrongly or refused, each with what is right. */

import { readPicture } from "@countergrade/countergrade/images";
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { readDicom } from "../../../../core/formats/dicom/dicom.ts";
import { caseAt, caseTest } from "../../../shared_cases.ts";

const read = async (name: string) => await Deno.readFile(caseAt(name));
/** The ramp that the cases show: 100 to the right, 20 down. */
const ramp = Array.from({ length: 1024 }, (_, i) => (i % 32) * 100 + (i >> 5) * 20);

function assertShown(data: Float32Array, shown: (value: number, i: number) => number) {
  ramp.forEach((value, i) => assertAlmostEquals(data[i], shown(value, i), 2e-4, `pixel ${i}`));
}

const straight = (value: number) => 2 * value / 3720 - 1;

caseTest("DICM decides before a preamble that begins like a TIFF file", async () => {
  const picture = await readPicture(await read("01_tiff_preamble.dcm"));
  assertShown(picture.data, straight);
});

caseTest("a presentation of shape INVERSE is shown inverted", async () => {
  const { data } = await readPicture(await read("02_presentation_lut_shape_inverse.dcm"));
  assertShown(data, (value) => -straight(value));
});

caseTest("values are shown by the table that a file has instead of a window", async () => {
  const { data } = await readPicture(await read("03_voi_lut_sequence.dcm"));
  assertShown(data, (value) => {
    const entry = Math.trunc(65_535 / (1 + Math.exp(-(value - 1000) / 150)));
    return 2 * entry / 65_535 - 1;
  });
  assert(data.filter((y) => y > 0.9).length > 512);
});

caseTest("stored values become modality values by the table that a file has for it", async () => {
  const { volume } = await readDicom(await read("04_modality_lut_sequence.dcm"));
  ramp.forEach((value, i) =>
    assertAlmostEquals(volume.data[i], Math.trunc(65_535 * (1 - value / 4095)), 1)
  );
  const { data } = await readPicture(await read("04_modality_lut_sequence.dcm"));
  assertEquals([data[0] > 0.99, data[1023] < -0.99], [true, true]);
});

caseTest("RGB of 16 bits is a share of what 16 bits hold", async () => {
  const { data } = await readPicture(await read("05_rgb16.dcm"));
  assertEquals(data.length, 3 * 1024);
  assertShown(data, (value) => 2 * value * 16 / 65_535 - 1);
});

caseTest("windows and rescaling of functional groups count", async () => {
  const { volume, window, display } = await readDicom(
    await read("06_enhanced_functional_groups.dcm"),
  );
  assertEquals([window?.center, window?.width], [800, 300]);
  const shown = display().data;
  for (const [frame, more] of [0, 100, 200].entries()) {
    ramp.forEach((value, i) => {
      const rescaled = 2 * (value + more) - 1000;
      assertEquals(volume.data[frame * 1024 + i], rescaled);
      const y = 2 * (rescaled - 650) / 299 - 1;
      const expected = Math.min(1, Math.max(-1, y));
      // LINEAR: from center − 0.5 − (width − 1)/2.
      assertAlmostEquals(shown[frame * 1024 + i], expected, 1e-4);
    });
  }
});
