/** What the page asks of the server, with the types of the answers. */

/** A probe with its encoder. */
export interface Model {
  id: string;
  title: string;
  plugin: string;
  encoder: { title: string } | null;
  scale: { names: string[] };
  dataset: {
    id: string;
    title: string;
    imageShape: [number, number, number];
    splits: { name: string; size: number }[];
  } | null;
}

export const MODELS = `query Models {
  probes(first: 100) {
    nodes {
      id title plugin encoder { title } scale { names }
      dataset { id title imageShape splits { name size } }
    }
  }
}`;

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
  targetGrade: number | null;
  latentGrade: number | null;
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
  index targetGrade latentGrade imageGrade imageProbability lengthSigma percentile met attempts
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
          original { url } reconstruction { url } latent { grade } differenceRange warnings
          frames { ...FrameParts }
        }
      }
    }
  }
}
${FRAME}`;

export const START = `mutation Start($input: CounterfactualPathInput!) {
  job: counterfactualPath(input: $input) { ... on Job { id } ... on Error { message } }
}`;

export const CONTINUE = `subscription Continue($id: ID!, $after: Int!) {
  event: jobEvents(id: $id, after: $after) { ...EventParts }
}
${EVENT}`;

export const CANCEL = `mutation Cancel($id: ID!) {
  cancelJob(id: $id) { __typename }
}`;
