/** What forms ask of the server: what there is to choose, and that a job starts. */

export const START_JOB = `mutation StartJob(
  $task: String!, $options: JSON, $seed: Float, $fresh: Boolean
) {
  started: startJob(task: $task, options: $options, seed: $seed, fresh: $fresh) {
    ... on Job { id }
    ... on Error { message path }
  }
}`;

/** Something that a job may be about. */
export interface Thing {
  readonly id: string;
  readonly title: string;
}

export const DATASETS = `query Datasets { datasets { id title imageShape } }`;

export const ARTIFACTS = `query Artifacts($kind: String!) {
  artifacts(kind: $kind, first: 100) { nodes { id title } pageInfo { hasNextPage } }
}`;
