/** What the explorer asks of the server beside the models, with the types of the answers. */

import type { QueueNews } from "../jobs/queue_text.ts";

/** An image to choose. */
export interface GalleryItem {
  index: number;
  imageId: string;
  label: number;
  labelName: string;
  image: { url: string };
  volume: Volume | null;
}

/** A volume: all slices as one picture, and what the planes across its axes are. */
export interface Volume {
  readonly depth: number;
  readonly sheet: { readonly url: string };
  readonly slice: string | null;
  readonly row: string | null;
  readonly column: string | null;
}

const VOLUME =
  "{ depth sheet { url } slice: plane(axis: SLICE) row: plane(axis: ROW) column: plane(axis: COLUMN) }";

export const GALLERY = `query Gallery($id: ID!, $split: String!, $first: Int!, $after: String) {
  dataset(id: $id) {
    images(split: $split, first: $first, after: $after) {
      totalCount
      nodes { index imageId label labelName image { url } volume ${VOLUME} }
    }
  }
}`;

export const LABELS = `query Labels($id: ID!, $split: String!) {
  dataset(id: $id) { labels(split: $split) }
}`;

export const IMAGES_AT = `query ImagesAt($id: ID!, $split: String!, $indices: [Int!]!) {
  dataset(id: $id) {
    images: imagesAt(split: $split, indices: $indices) {
      index imageId label labelName image { url } volume ${VOLUME}
    }
  }
}`;

/** The answer to {@linkcode IMAGES_AT}. */
export interface ImagesAt {
  readonly dataset: { readonly images: readonly GalleryItem[] } | null;
}

/** What a judge says about a picture. */
export interface Verdict {
  grade: number | null;
  probability: number | null;
  label: number | null;
}

/** What the pixels of a frame say. */
export interface Seen {
  held: { name: string; change: number | null }[];
  outsideChange: number | null;
  arrived: number | null;
}

/** A frame of a path. Paths of before have no evidence. */
export interface Frame {
  index: number;
  target: { grade: number | null; score: number | null; class: string | null } | null;
  targetGrade: number | null;
  limited: boolean | null;
  beyond: number | null;
  band: number | null;
  latentGrade: number | null;
  latentProbability: number | null;
  imageGrade: number | null;
  imageRead: number | null;
  imageProbability: number | null;
  lengthSigma: number | null;
  percentile: number | null;
  met: boolean | null;
  attempts: number | null;
  judge: Verdict | null;
  seen: Seen | null;
  /** What the data set measures in the picture. */
  measured: { name: string; unit: string; value: number | null }[] | null;
  image: { url: string } | null;
  volume: Volume | null;
  difference: { url: string } | null;
  neighbors: Neighbor[] | null;
}

/** Whether an image is of the kind that the model learned from. */
export interface Familiarity {
  verdict: string;
  /** The share of the images held out that are as strange. */
  p: number;
  /** What is strangest about it: `code`, `picture`, `orientation` or `detail`. */
  trait: string;
  images: number;
}

/** A real image near a frame. */
export interface Neighbor {
  datasetId: string;
  split: string;
  index: number;
  label: number | null;
  grade: number | null;
  distance: number | null;
  image: { url: string } | null;
}

/** A finished path. */
export interface Path {
  id: string;
  original: { url: string } | null;
  reconstruction: { url: string } | null;
  originalVolume: Volume | null;
  reconstructionVolume: Volume | null;
  files: { name: string; url: string }[];
  provenance: object;
  latent: { grade: number } | null;
  differenceRange: number | null;
  frames: Frame[];
  unreached: { reason: string }[] | null;
  judge: { name: string; original: Verdict | null } | null;
  familiarity: Familiarity | null;
  /** What was taken of the image's file, and done to one's own so that the encoder takes it. */
  adaptation: string | null;
  warnings: string[];
}

/** An event of a job, of any type. */
export type PathEvent =
  & { jobId: string; number: number }
  & (
    | ({ __typename: "Queued" } & QueueNews)
    | { __typename: "Progress"; step: number; total: number; message: string | null }
    | { __typename: "Preview"; image: { url: string } }
    | { __typename: "PathFrame"; frame: Frame }
    | { __typename: "Warning"; warning: string }
    | { __typename: "Done"; job: { artifacts: ({ __typename: string } & Path)[] } }
    | { __typename: "Failed"; error: { message: string; path: readonly string[] | null } }
    | { __typename: "Started" | "Cancelled" | "TrainingSample" }
  );

const FRAME = `fragment FrameParts on Frame {
  index target { grade score class } targetGrade limited beyond band latentGrade latentProbability imageGrade imageRead imageProbability
  lengthSigma percentile met attempts
  judge { grade probability label } measured { name unit value } seen { held { name change } outsideChange arrived }
  image { url } volume ${VOLUME} difference { url }
  neighbors { datasetId split index label grade distance image { url } }
}`;

const EVENT = `fragment EventParts on JobEvent {
  __typename jobId number
  ... on Progress { step total message }
  ... on Queued { position ahead { task } secondsLeft }
  ... on Preview { image { url } }
  ... on PathFrame { frame { ...FrameParts } }
  ... on Warning { warning: message }
  ... on Failed { error { message path } }
  ... on Done {
    job {
      artifacts {
        __typename id
        ... on CounterfactualPath {
          original { url } reconstruction { url } originalVolume ${VOLUME} reconstructionVolume ${VOLUME}
          files { name url } latent { grade } differenceRange warnings adaptation
          familiarity { verdict p trait images }
          provenance { task options seed inputs plugins { id version } }
          unreached { reason } judge { name original { grade probability label } }
          frames { ...FrameParts }
        }
      }
    }
  }
}
${FRAME}`;

export const START = `mutation Start($input: CounterfactualPathInput!) {
  started: counterfactualPath(input: $input) { job { id } errors { message } }
}`;

export const CONTINUE = `subscription Continue($id: ID!, $after: Int!, $follower: String) {
  event: jobEvents(id: $id, after: $after, follower: $follower) { ...EventParts }
}
${EVENT}`;

/** An image that the server has stored. */
export interface StoredImage {
  id: string;
  title: string;
  width: number;
  height: number;
  image: { url: string };
}

const IMAGE = "id title width height image { url }";

export const UPLOAD = `mutation Upload($file: File!) {
  stored: uploadImage(file: $file) { image { ${IMAGE} } errors { message } }
}`;

export const FIND = `query Find($id: ID!) { storedImage(id: $id) { ${IMAGE} } }`;
