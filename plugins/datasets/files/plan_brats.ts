/** BraTS as the Medical Segmentation Decathlon has it: Task01_BrainTumour (Antonelli et al. 2022). */

import type { Description } from "./description.ts";
import { type Folder, neededFolder } from "./folder.ts";
import type { Plan, SkippedFile, SliceSource } from "./source.ts";

/** `imagesTr/<patient>.nii.gz`, of which the first channel is FLAIR, with `labelsTr/<patient>.nii.gz`. */
export async function planBrats(folder: Folder, description: Description): Promise<Plan> {
  const { files } = await neededFolder(folder, "imagesTr");
  const masks = new Set((await neededFolder(folder, "labelsTr")).files);
  const skipped: SkippedFile[] = [];
  const sources: SliceSource[] = [];
  for (const name of files.filter((name) => /\.nii(\.gz)?$/i.test(name))) {
    const file = `imagesTr/${name}`;
    if (!masks.has(name)) {
      skipped.push({ file, reason: "There is no mask of this name in labelsTr" });
      continue;
    }
    const patient = name.replace(/\.nii(\.gz)?$/i, "");
    const { imageSize } = description;
    sources.push({
      kind: "slices",
      folder: folder.path,
      file,
      mask: `labelsTr/${name}`,
      patient,
      imageSize,
    });
  }
  return {
    sources,
    scale: { type: "binary", names: ["healthy slice", "tumor"] },
    skipped,
    imageShape: [1, description.imageSize, description.imageSize],
    title: "BraTS slices, FLAIR",
    license: "CC BY-SA 4.0",
    citation: "Antonelli et al., The Medical Segmentation Decathlon, Nature Communications 2022",
  };
}
