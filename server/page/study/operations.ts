/** What a study asks of the server: images by their places, and paths. */

/** An image of a data set. */
export interface StudyImage {
  readonly index: number;
  readonly label: number;
  readonly image: { readonly url: string };
}

export const STUDY_IMAGES = `query StudyImages($id: ID!, $split: String!, $indices: [Int!]!) {
  dataset(id: $id) {
    images: imagesAt(split: $split, indices: $indices) { index label image { url } }
  }
}`;

/** What a study needs of a path. */
export interface StudyPath {
  readonly original: { readonly url: string } | null;
  readonly reconstruction: { readonly url: string } | null;
  readonly latent: { readonly grade: number } | null;
  readonly judge: { readonly original: { readonly grade: number | null } | null } | null;
  readonly frames: readonly {
    readonly targetGrade: number | null;
    readonly imageRead: number | null;
    readonly imageGrade: number | null;
    readonly judge: { readonly grade: number | null } | null;
    readonly image: { readonly url: string } | null;
  }[];
}

export const STUDY_PATH = `query StudyPath($id: ID!) {
  path: counterfactualPath(id: $id) {
    original { url } reconstruction { url } latent { grade } judge { original { grade } }
    frames { targetGrade imageRead imageGrade judge { grade } image { url } }
  }
}`;
