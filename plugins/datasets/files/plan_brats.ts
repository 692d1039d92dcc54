/** BraTS: as the Medical Segmentation Decathlon has it (Antonelli et al. 2022), and as the challenges of 2017 to 2024 do. */

import type { Description } from "./description.ts";
import { filesBelow, type Folder, neededFolder } from "./folder.ts";
import type { Plan, SkippedFile, SliceSource } from "./source.ts";

const VOLUME = /\.nii(\.gz)?$/i;
/** FLAIR of the challenges: `…_flair.nii` until 2021, `…-t2f.nii` since. */
const FLAIR = /([-_])(flair|t2f)(\.nii(?:\.gz)?)$/i;
/** Folders of patients, as `BraTS20_Training_001`, `BraTS2021_00000`, `BraTS-GLI-00000-000`. */
const PATIENT = /^brats(\d|-[a-z]+-)/i;

/** Whether a folder has those of the challenges' patients. */
export function hasBratsPatients({ folders }: Folder): boolean {
  return folders.some((name) => PATIENT.test(name));
}

/**
 * `imagesTr/<patient>.nii.gz`, of which the first channel is FLAIR, with `labelsTr/<patient>.nii.gz`; or a folder for each
 * patient, perhaps in others, with FLAIR and the mask (`seg`) in files of their own.
 */
export async function planBrats(folder: Folder, description: Description): Promise<Plan> {
  const skipped: SkippedFile[] = [];
  const apart = hasBratsPatients(folder) || !folder.folders.includes("imagesTr");
  const found = apart ? await ofChallenges(folder, skipped) : [];
  const pairs = found.length ? found : await ofDecathlon(folder, skipped);
  const { imageSize } = description;
  const sources = pairs.map((pair): SliceSource => ({
    kind: "slices",
    folder: folder.path,
    ...pair,
    imageSize,
  }));
  return {
    sources,
    scale: { type: "binary", names: ["healthy slice", "tumor"] },
    skipped,
    imageShape: [1, description.imageSize, description.imageSize],
    title: "BraTS slices, FLAIR",
    ...!found.length && {
      license: "CC BY-SA 4.0",
      citation: "Antonelli et al., The Medical Segmentation Decathlon, Nature Communications 2022",
    },
  };
}

type Pair = Pick<SliceSource, "file" | "mask" | "name" | "patient">;

async function ofDecathlon(folder: Folder, skipped: SkippedFile[]): Promise<Pair[]> {
  const { files } = await neededFolder(folder, "imagesTr");
  const masks = new Set((await neededFolder(folder, "labelsTr")).files);
  return files.filter((name) => VOLUME.test(name)).flatMap((name) => {
    const file = `imagesTr/${name}`;
    if (!masks.has(name)) {
      skipped.push({ file, reason: "There is no mask of this name in labelsTr" });
      return [];
    }
    const patient = name.replace(VOLUME, "");
    return [{ file, mask: `labelsTr/${name}`, name: patient, patient }];
  });
}

async function ofChallenges(folder: Folder, skipped: SkippedFile[]): Promise<Pair[]> {
  const below = await Promise.all(folder.folders.map((name) => filesBelow(folder.path, name)));
  const files = below.flat();
  const there = new Set(files);
  return files.filter((file) => FLAIR.test(file)).flatMap((file) => {
    const [, mark] = file.match(FLAIR)!;
    const stem = file.replace(FLAIR, "");
    const mask = [".nii.gz", ".nii"].map((end) => `${stem}${mark}seg${end}`)
      .find((name) => there.has(name));
    if (mask === undefined) {
      skipped.push({ file, reason: "There is no mask (seg) beside it" });
      return [];
    }
    const name = stem.slice(stem.lastIndexOf("/") + 1);
    return [{ file, mask, name, patient: patientOf(name) }];
  });
}

/** Since 2023 the last number is that of the visit. */
function patientOf(name: string): string {
  return name.replace(/^(brats-[a-z]+-\d+)-\d+$/i, "$1");
}
