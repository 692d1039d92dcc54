/** What `path.json` holds, read once. */

import { type Artifact, StorageError } from "@countergrade/countergrade";
import { BoundedCache } from "../../http/bounded_cache.ts";
import type { Services } from "../services.ts";
import type {
  FamiliarityData,
  FrameData,
  JudgeData,
  Judgement,
  UnreachedData,
  VolumeData,
} from "../task_data.ts";

/** What `path.json` holds. */
export interface PathContent {
  dataset?: string;
  split?: string;
  index?: number;
  label?: number;
  /** One's own image; paths of before hold its adaptation here alone. */
  own?: { image: string; adaptation?: string };
  encoder?: string;
  probe?: string;
  original?: string;
  reconstruction?: string;
  originalVolume?: VolumeData;
  reconstructionVolume?: VolumeData;
  latent?: Judgement;
  familiarity?: FamiliarityData;
  frames?: FrameData[];
  unreached?: UnreachedData[];
  judge?: JudgeData;
  calibration?: string;
  stepFactor?: number;
  metrics?: Record<string, unknown>;
  warnings?: string[];
  strip?: string;
  differenceRange?: number;
  to?: { split: string; index: number };
}

/** By the name of the blob, which never changes its content; 10 million characters in all. */
const parsed = new BoundedCache<PathContent>(10_000_000);

/** The content of `path.json`. @throws {StorageError} */
export async function contentOf(path: Artifact, { jobs }: Services): Promise<PathContent> {
  return parsed.get(path.files["path.json"]) ?? await readContent(path, jobs.workspace.blobs);
}

async function readContent(
  { id, files }: Artifact,
  blobs: Services["jobs"]["workspace"]["blobs"],
): Promise<PathContent> {
  const name = files["path.json"];
  if (!name) throw new StorageError(`Cannot read path.json of ${id}: no such file`);
  const text = new TextDecoder().decode(await blobs.read(name));
  const content: PathContent = JSON.parse(text);
  content.frames = content.frames?.map(named);
  parsed.set(name, content, text.length);
  return content;
}

/** What frames of 0.1 called neighbours is called neighbors. */
function named({ neighbours, ...frame }: FrameData): FrameData {
  return { ...neighbours !== undefined && { neighbors: neighbours }, ...frame };
}
