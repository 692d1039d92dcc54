/** What the explorer asks of the server beside the models, with the types of the answers. */

/** An image to choose. */
export interface GalleryItem {
  index: number;
  imageId: string;
  label: number;
  labelName: string;
  image: { url: string };
}

export const GALLERY = `query Gallery($id: ID!, $split: String!, $first: Int!, $after: String) {
  dataset(id: $id) {
    images(split: $split, first: $first, after: $after) {
      totalCount
      nodes { index imageId label labelName image { url } }
    }
  }
}`;

/** A frame of a path. */
export interface Frame {
  index: number;
  target: { grade?: number; score?: number; class?: string | number } | null;
  targetGrade: number | null;
  latentGrade: number | null;
  latentProbability: number | null;
  imageGrade: number | null;
  imageProbability: number | null;
  lengthSigma: number | null;
  percentile: number | null;
  met: boolean | null;
  attempts: number | null;
  image: { url: string } | null;
  difference: { url: string } | null;
}

/** A finished path. */
export interface Path {
  id: string;
  original: { url: string } | null;
  reconstruction: { url: string } | null;
  files: { name: string; url: string }[];
  provenance: object;
  latent: { grade: number } | null;
  differenceRange: number | null;
  frames: Frame[];
  warnings: string[];
}

/** An event of a job, of any type. */
export type PathEvent =
  & { jobId: string; number: number }
  & (
    | { __typename: "Progress"; step: number; total: number; message: string | null }
    | { __typename: "Preview"; image: { url: string } }
    | { __typename: "PathFrame"; frame: Frame }
    | { __typename: "Warning"; warning: string }
    | { __typename: "Done"; job: { artifacts: ({ __typename: string } & Path)[] } }
    | { __typename: "Failed"; error: { message: string } }
    | { __typename: "Started" | "Cancelled" | "TrainingSample" }
  );

const FRAME = `fragment FrameParts on Frame {
  index target targetGrade latentGrade latentProbability imageGrade imageProbability lengthSigma percentile met attempts
  image { url } difference { url }
}`;

const EVENT = `fragment EventParts on JobEvent {
  __typename jobId number
  ... on Progress { step total message }
  ... on Preview { image { url } }
  ... on PathFrame { frame { ...FrameParts } }
  ... on Warning { warning: message }
  ... on Failed { error { message } }
  ... on Done {
    job {
      artifacts {
        __typename id
        ... on CounterfactualPath {
          original { url } reconstruction { url } files { name url } latent { grade } differenceRange warnings
          provenance { task options seed inputs plugins { id version } }
          frames { ...FrameParts }
        }
      }
    }
  }
}
${FRAME}`;

export const START = `mutation Start($input: CounterfactualPathInput!) {
  started: counterfactualPath(input: $input) { ... on Job { id } ... on Error { message } }
}`;

export const CONTINUE = `subscription Continue($id: ID!, $after: Int!) {
  event: jobEvents(id: $id, after: $after) { ...EventParts }
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

const IMAGE = `... on StoredImage { id title width height image { url } }`;

export const UPLOAD = `mutation Upload($file: File!) {
  answer: uploadImage(file: $file) { ${IMAGE} ... on Error { message } }
}`;

export const FIND = `query Find($id: ID!) { node(id: $id) { ${IMAGE} } }`;
