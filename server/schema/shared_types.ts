/** The types that several files of the schema mention, named before they are filled in; and the builder. */

import type { Artifact, Dataset, Host, LabelScale, TaskPlugin } from "@countergrade/countergrade";
import type { Job, JobEvent } from "@countergrade/countergrade/jobs";
import type { Builder } from "./builder.ts";
import type { DatasetPicture } from "../http/dataset_pictures.ts";
import type { ImageSource } from "./image_source.ts";
import { pascalCase } from "./generated/json_schema.ts";
import type { Problem } from "./problem.ts";
import type {
  FamiliarityData,
  FrameData,
  JudgeData,
  Judgement,
  MeasuredData,
  Place,
  SeenData,
  TargetData,
  UnreachedData,
  VerdictData,
  VolumeData,
} from "./task_data.ts";

/** Whatever has an id of its own. */
export type NodeValue = Job | Artifact | Dataset;

/** See {@linkcode createSharedTypes}. */
export type SharedTypes = ReturnType<typeof createSharedTypes>;

/** The object type of each kind of artifact; all others are `OtherArtifact`. */
const ARTIFACT_TYPES = {
  encoder: "Encoder",
  codes: "Codes",
  probe: "Probe",
  path: "CounterfactualPath",
  image: "StoredImage",
  classifier: "Classifier",
  judge: "Judge",
  map: "LatentMap",
  evaluation: "Evaluation",
  comparison: "EditorComparison",
  inspection: "DatasetInspection",
  checkpoint: "Checkpoint",
} as const;

/** Names the types that several files mention; each is filled in by the file of its name. */
export function createSharedTypes(builder: Builder, host: Host, tasks: readonly TaskPlugin[]) {
  const frame = builder.objectRef<FrameData>("Frame");
  const artifactTypes = new Map(
    Object.entries(ARTIFACT_TYPES).map(([kind, name]) => [kind, builder.objectRef<Artifact>(name)]),
  );
  return {
    builder,
    host,
    tasks,
    node: builder.interfaceRef<NodeValue>("Node"),
    error: builder.interfaceRef<Problem>("Error"),
    image: builder.objectRef<ImageSource>("Image"),
    scale: builder.objectRef<LabelScale>("LabelScale"),
    dataset: builder.objectRef<Dataset>("Dataset"),
    artifact: builder.interfaceRef<Artifact>("Artifact"),
    storedFile: builder.objectRef<{ name: string; blob: string }>("StoredFile"),
    artifactTypes,
    /** What tasks may tell under these names, see `TaskPlugin.result`: it is one type in the whole API. */
    values: {
      Frame: frame,
      Target: builder.objectRef<TargetData>("Target"),
      Neighbor: builder.objectRef<Place>("Neighbor"),
      Judgement: builder.objectRef<Judgement>("Judgement"),
      Verdict: builder.objectRef<VerdictData>("Verdict"),
      JudgedPath: builder.objectRef<JudgeData>("JudgedPath"),
      Measured: builder.objectRef<MeasuredData>("Measured"),
      SeenChange: builder.objectRef<SeenData>("SeenChange"),
      Familiarity: builder.objectRef<FamiliarityData>("Familiarity"),
      Volume: builder.objectRef<VolumeData | DatasetPicture>("Volume"),
      UnreachedTarget: builder.objectRef<UnreachedData>("UnreachedTarget"),
    },
    frame,
    job: builder.interfaceRef<Job>("Job"),
    /** The job type of each task. */
    jobTypes: new Map(
      tasks.map(({ name }) => [name, builder.objectRef<Job>(`${pascalCase(name)}Job`)]),
    ),
    otherJob: builder.objectRef<Job>("OtherJob"),
    event: builder.interfaceRef<JobEvent>("JobEvent"),
    progress: builder.objectRef<JobEvent>("Progress"),
  };
}

/** The type of the artifacts of a kind that has one. */
export function artifactType(
  { artifactTypes }: Pick<SharedTypes, "artifactTypes">,
  kind: keyof typeof ARTIFACT_TYPES,
) {
  return artifactTypes.get(kind)!;
}
