/** The published facts of MedMNIST v2: what its files are called, where they are, and what their labels mean. */

import type { LabelScale } from "@countergrade/countergrade";

/** What labels of a set are; of `multiLabel` sets an image has several, or none. */
export type MedmnistTask = "binary" | "nominal" | "ordinal" | "multiLabel";

/** One set. */
export interface MedmnistSet {
  /** The name of its files, without the size: `pathmnist`. */
  readonly flag: string;
  readonly title: string;
  readonly task: MedmnistTask;
  /** The classes as they are published, by label. */
  readonly classes: readonly string[];
  /** Axes of an image: 2, or 3 of a volume. */
  readonly axes: 2 | 3;
  readonly channels: 1 | 3;
  /** Images, or volumes, of train, val and test. */
  readonly samples: readonly [train: number, val: number, test: number];
  readonly license: string;
  /** Sides in pixels to the MD5 of the file. */
  readonly md5: Readonly<Record<number, string>>;
}

/** Whom to cite. */
export const MEDMNIST_CITATION =
  "Yang J. et al. MedMNIST v2: a large-scale lightweight benchmark for 2D and 3D biomedical image " +
  "classification. Scientific Data 10, 41 (2023). doi:10.1038/s41597-022-01721-8.";

/** Where the files are published: Zenodo record 10519652. */
export const MEDMNIST_ADDRESS = "https://zenodo.org/records/10519652/files/";

const ORGANS = [
  "bladder",
  "left femur",
  "right femur",
  "heart",
  "left kidney",
  "right kidney",
  "liver",
  "left lung",
  "right lung",
  "pancreas",
  "spleen",
];

type Samples = MedmnistSet["samples"];

/** A set of images; `md5` in the order of the sizes 28, 64, 128, 224. */
function flat(
  flag: string,
  title: string,
  task: MedmnistTask,
  classes: readonly string[],
  channels: 1 | 3,
  samples: Samples,
  md5: readonly string[],
  license = "CC BY 4.0",
): MedmnistSet {
  const sizes = Object.fromEntries([28, 64, 128, 224].map((size, i) => [size, md5[i]]));
  return { flag, title, task, classes, axes: 2, channels, samples, license, md5: sizes };
}

/** A set of gray volumes; `md5` in the order of the sizes 28, 64. */
function deep(
  flag: string,
  title: string,
  task: MedmnistTask,
  classes: readonly string[],
  samples: Samples,
  md5: readonly string[],
): MedmnistSet {
  const sizes = Object.fromEntries([28, 64].map((size, i) => [size, md5[i]]));
  const license = "CC BY 4.0";
  return { flag, title, task, classes, axes: 3, channels: 1, samples, license, md5: sizes };
}

/** All sets, in the order of the publication. */
export const MEDMNIST: readonly MedmnistSet[] = [
  flat(
    "pathmnist",
    "PathMNIST: colorectal histology, tissue type",
    "nominal",
    [
      "adipose",
      "background",
      "debris",
      "lymphocytes",
      "mucus",
      "smooth muscle",
      "normal colon mucosa",
      "cancer-associated stroma",
      "colorectal adenocarcinoma epithelium",
    ],
    3,
    [89996, 10004, 7180],
    [
      "a8b06965200029087d5bd730944a56c1",
      "55aa9c1e0525abe5a6b9d8343a507616",
      "ac42d08fb904d92c244187169d1fd1d9",
      "2c51a510bcdc9cf8ddb2af93af1eadec",
    ],
  ),
  flat(
    "chestmnist",
    "ChestMNIST: chest radiographs, any of 14 findings",
    "multiLabel",
    [
      "atelectasis",
      "cardiomegaly",
      "effusion",
      "infiltration",
      "mass",
      "nodule",
      "pneumonia",
      "pneumothorax",
      "consolidation",
      "edema",
      "emphysema",
      "fibrosis",
      "pleural",
      "hernia",
    ],
    1,
    [78468, 11219, 22433],
    [
      "02c8a6516a18b556561a56cbdd36c4a8",
      "9de6cd0b934ebb5b7426cfba5efbae16",
      "db107e5590b27930b62dbaf558aebee3",
      "45bd33e6f06c3e8cdb481c74a89152aa",
    ],
  ),
  flat(
    "dermamnist",
    "DermaMNIST: dermatoscopy, kind of skin lesion",
    "nominal",
    [
      "actinic keratoses and intraepithelial carcinoma",
      "basal cell carcinoma",
      "benign keratosis-like lesions",
      "dermatofibroma",
      "melanoma",
      "melanocytic nevi",
      "vascular lesions",
    ],
    3,
    [7007, 1003, 2005],
    [
      "0744692d530f8e62ec473284d019b0c7",
      "b70a2f5635c6199aeaa28c31d7202e1f",
      "2defd784463fa5243564e855ed717de1",
      "8974907d8e169bef5f5b96bc506ae45d",
    ],
    "CC BY-NC 4.0",
  ),
  flat(
    "octmnist",
    "OCTMNIST: optical coherence tomography of the retina, diagnosis",
    "nominal",
    ["choroidal neovascularization", "diabetic macular edema", "drusen", "normal"],
    1,
    [97477, 10832, 1000],
    [
      "c68d92d5b585d8d81f7112f81e2d0842",
      "e229e9440236b774d9f0dfef9d07bdaf",
      "0a97e76651ace45c5d943ee3f65b63ae",
      "abc493b6d529d5de7569faaef2773ba3",
    ],
  ),
  flat(
    "pneumoniamnist",
    "PneumoniaMNIST: chest radiographs of children, pneumonia",
    "binary",
    ["normal", "pneumonia"],
    1,
    [4708, 524, 624],
    [
      "28209eda62fecd6e6a2d98b1501bb15f",
      "8f4eceb4ccffa70c672198ea285246c6",
      "05b46931834c231683c68f40c47b2971",
      "d6a3c71de1b945ea11211b03746c1fe1",
    ],
  ),
  flat(
    "retinamnist",
    "RetinaMNIST: fundus photographs, grade of diabetic retinopathy",
    "ordinal",
    ["DR 0", "DR 1", "DR 2", "DR 3", "DR 4"],
    3,
    [1080, 120, 400],
    [
      "bd4c0672f1bba3e3a89f0e4e876791e4",
      "afda852cc34dcda56f86ad2b2457dbcc",
      "e48e916a24454daf90583d4e6efb1a18",
      "eae7e3b6f3fcbda4ae613ebdcbe35348",
    ],
  ),
  flat(
    "breastmnist",
    "BreastMNIST: breast ultrasound, malignant or not",
    "binary",
    ["malignant", "normal or benign"],
    1,
    [546, 78, 156],
    [
      "750601b1f35ba3300ea97c75c52ff8f6",
      "742edef2a1fd1524b2efff4bd7ba9364",
      "363e4b3f8d712e9b5de15470a2aaadf1",
      "b56378a6eefa9fed602bb16d192d4c8b",
    ],
  ),
  flat(
    "bloodmnist",
    "BloodMNIST: blood smears, type of cell",
    "nominal",
    [
      "basophil",
      "eosinophil",
      "erythroblast",
      "immature granulocyte",
      "lymphocyte",
      "monocyte",
      "neutrophil",
      "platelet",
    ],
    3,
    [11959, 1712, 3421],
    [
      "7053d0359d879ad8a5505303e11de1dc",
      "2b94928a2ae4916078ca51e05b6b800b",
      "adace1e0ed228fccda1f39692059dd4c",
      "b718ff6835fcbdb22ba9eacccd7b2601",
    ],
  ),
  flat(
    "tissuemnist",
    "TissueMNIST: cells of the kidney cortex, type of cell",
    "nominal",
    [
      "collecting duct, connecting tubule",
      "distal convoluted tubule",
      "glomerular endothelial cells",
      "interstitial endothelial cells",
      "leukocytes",
      "podocytes",
      "proximal tubule segments",
      "thick ascending limb",
    ],
    1,
    [165466, 23640, 47280],
    [
      "ebe78ee8b05294063de985d821c1c34b",
      "123ece2eba09d0aa5d698fda57103344",
      "61b955355d7425a89687b06cca3ce0c2",
      "b077128c4a949f0a4eb01517f9037b9c",
    ],
  ),
  flat("organamnist", "OrganAMNIST: axial abdominal CT, organ", "nominal", ORGANS, 1, [
    34561,
    6491,
    17778,
  ], [
    "68e3f8846a6bd62f0c9bf841c0d9eacc",
    "2dcccc29b88e6da5a01161ef20cda288",
    "eeae80d0a227a8d099027e1b3cfd3b60",
    "50747347e05c87dd3aaf92c49f9f3170",
  ]),
  flat("organcmnist", "OrganCMNIST: coronal abdominal CT, organ", "nominal", ORGANS, 1, [
    12975,
    2392,
    8216,
  ], [
    "b9ceb9546e10131b32923c5bbeaea2b1",
    "3ce34a8724ea6f548e6db4744d03b6a9",
    "773c1f009daa3fe5d9a2a201b2a7ed94",
    "050f5e875dc056f6768abf94ec9995d1",
  ]),
  flat("organsmnist", "OrganSMNIST: sagittal abdominal CT, organ", "nominal", ORGANS, 1, [
    13932,
    2452,
    8827,
  ], [
    "9ab87b696fb54e2a387ebe992d6ed5f1",
    "53a6d115339d874c25e309a994ff46d3",
    "ded0c5fa01a95dc4978b956f613e9b8e",
    "b354719e553fbbb2513d5533f52a4cb1",
  ]),
  deep(
    "organmnist3d",
    "OrganMNIST3D: abdominal CT volumes, organ",
    "nominal",
    [
      "liver",
      "right kidney",
      "left kidney",
      "right femur",
      "left femur",
      "bladder",
      "heart",
      "right lung",
      "left lung",
      "spleen",
      "pancreas",
    ],
    [971, 161, 610],
    ["a0c5a1ff56af4f155c46d46fbb45a2fe", "58a2205adf14a9d0a189cb06dc78bf10"],
  ),
  deep(
    "nodulemnist3d",
    "NoduleMNIST3D: lung nodules in CT volumes, malignant or not",
    "binary",
    ["benign", "malignant"],
    [1158, 165, 310],
    ["8755a7e9e05a4d9ce80a24c3e7a256f3", "c47c5b7d457bf6332200d2ea6d64ecd8"],
  ),
  deep(
    "adrenalmnist3d",
    "AdrenalMNIST3D: shapes of adrenal glands, hyperplasia",
    "binary",
    ["normal", "hyperplasia"],
    [1188, 98, 298],
    ["bbd3c5a5576322bc4cdfea780653b1ce", "17721accfe9fb005146a47d33bc54b2f"],
  ),
  deep(
    "fracturemnist3d",
    "FractureMNIST3D: rib fractures in CT volumes, kind of fracture",
    "nominal",
    ["buckle rib fracture", "nondisplaced rib fracture", "displaced rib fracture"],
    [1027, 103, 240],
    ["6aa7b0143a6b42da40027a9dda61302f", "f01d7e6316aedf4210da0da5b7437b42"],
  ),
  deep(
    "vesselmnist3d",
    "VesselMNIST3D: shapes of brain vessels, aneurysm",
    "binary",
    ["vessel", "aneurysm"],
    [1335, 191, 382],
    ["b41fd4f7e7e2feedddb201585ecafa1b", "6bb274a8846e1097066dcd64e2c4520f"],
  ),
  deep(
    "synapsemnist3d",
    "SynapseMNIST3D: synapses in electron microscopy, inhibitory or excitatory",
    "binary",
    ["inhibitory synapse", "excitatory synapse"],
    [1230, 177, 352],
    ["1235b78a3cd6280881dd7850a78eadb6", "43bd14ebf3af9d3dd072446fedc14d5e"],
  ),
];

/** A file of a set. */
export interface MedmnistFile {
  readonly set: MedmnistSet;
  /** Side in pixels. */
  readonly size: number;
}

/** The name of a file without `.npz`, which is the id of the data set: `pathmnist`, `pathmnist_64`. */
export function medmnistId({ set: { flag }, size }: MedmnistFile): string {
  return size === 28 ? flag : `${flag}_${size}`;
}

/** All files: 12 sets of images in four sizes, 6 of volumes in two. */
export const MEDMNIST_FILES: readonly MedmnistFile[] = MEDMNIST.flatMap((set) =>
  Object.keys(set.md5).map((size) => ({ set, size: Number(size) }))
);

/** The set that a file name belongs to, of whatever size. */
export function medmnistSet(id: string): MedmnistSet | undefined {
  const flag = id.replace(/_\d+$/, "");
  return MEDMNIST.find((set) => set.flag === flag);
}

/**
 * What a label means here. An image of a multi-label set is labeled 1 when it has any of the findings: one axis that a probe
 * can follow.
 */
export function medmnistScale({ task, classes }: MedmnistSet): LabelScale {
  if (task === "multiLabel") return { type: "binary", names: ["no finding", "any finding"] };
  return { type: task, names: classes };
}

/** Bytes of a file's arrays before they are packed: an upper bound of its size, but for headers. */
export function medmnistBytes({ set, size }: MedmnistFile): number {
  const images = set.samples.reduce((sum, count) => sum + count, 0);
  const labels = set.task === "multiLabel" ? set.classes.length : 1;
  return images * (set.channels * size ** set.axes + labels);
}
