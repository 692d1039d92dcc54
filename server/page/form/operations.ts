/** What forms ask of the server: what there is to choose, and that a job starts. */

export const START_JOB = `mutation StartJob($input: StartJobInput!) {
  started: startJob(input: $input) { job { id } errors { message path } }
}`;

/** The job that was started, or what is wrong with the options. */
export interface StartedJob {
  readonly started: {
    readonly job: { id: string } | null;
    readonly errors: readonly { message: string; path: readonly string[] }[];
  };
}

/** Something that a job may be about. */
export interface Thing {
  readonly id: string;
  readonly title: string;
}

export const DATASETS = `query Datasets { datasets { id title imageShape } }`;

export const ARTIFACTS = `query Artifacts($kind: String!) {
  artifacts(kind: $kind, first: 100) { nodes { id title } pageInfo { hasNextPage } }
}`;
