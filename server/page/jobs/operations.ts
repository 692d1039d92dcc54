/** What the views of jobs, trainings and plugins ask of the server, with the types of the answers. */

import type { Schema } from "../form/schema.ts";
import type { QueueNews } from "./queue_text.ts";

/** Where a job stands. */
export type JobState = "QUEUED" | "RUNNING" | "DONE" | "FAILED" | "CANCELLED";

/** A job in a list. */
export interface Job {
  readonly id: string;
  readonly task: string;
  readonly state: JobState;
  readonly seed: number;
  readonly options: Readonly<Record<string, unknown>>;
  readonly progress: { step: number; total: number; message: string | null } | null;
  readonly error: { message: string; path: readonly string[] } | null;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
}

const JOB = `fragment JobParts on Job {
  id task state seed options createdAt startedAt finishedAt
  progress { step total message }
  error { message path }
}`;

/** A part of a list of jobs. */
export interface Jobs {
  readonly jobs: {
    readonly nodes: readonly Job[];
    readonly pageInfo: { hasNextPage: boolean; endCursor: string | null };
  };
}

export const JOBS =
  `query Jobs($task: String, $state: JobState, $text: String, $since: DateTime, $until: DateTime, $first: Int!, $after: String) {
  jobs(task: $task, state: $state, text: $text, since: $since, until: $until, first: $first, after: $after) {
    nodes { ...JobParts }
    pageInfo { hasNextPage endCursor }
  }
}
${JOB}`;

/** Something that a job has stored. */
export interface StoredThing {
  readonly id: string;
  readonly kind: string;
  readonly title: string;
  readonly files: readonly { name: string; url: string; sha256: string }[];
  readonly provenance: {
    readonly plugins: readonly { id: string; version: string; loadedVersion: string | null }[];
    readonly inputs: readonly string[];
  };
}

/** A job with all that is known of it. */
export interface WholeJob extends Job {
  readonly resultData: unknown;
  readonly artifacts: readonly StoredThing[];
}

export const WHOLE_JOB = `query WholeJob($id: ID!) {
  job(id: $id) {
    ...JobParts
    resultData
    artifacts {
      id kind title
      files { name url sha256 }
      provenance { plugins { id version loadedVersion } inputs }
    }
  }
}
${JOB}`;

/** Something that can be done. */
export interface Task {
  readonly name: string;
  readonly description: string;
  readonly optionsSchema: Schema;
}

export const TASKS = `query Tasks { tasks { name description optionsSchema } }`;

export const TASK_NAMES = `query TaskNames { tasks { name } }`;

/** An installed plugin. */
export interface Plugin {
  readonly id: string;
  readonly version: string;
  readonly members: readonly {
    family: string;
    name: string;
    description: string;
    optionsSchema: Schema | null;
  }[];
}

export const PLUGINS = `query Plugins {
  plugins { id version members { family name description optionsSchema } }
  tasks { name }
}`;

export const OWN_IMAGES = `query OwnImages($after: String) {
  list: storedImages(first: 100, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { id title }
  }
}`;

export const LEAVE_JOB = `mutation LeaveJob($id: ID!, $follower: String!) {
  left: leaveJob(id: $id, follower: $follower) { errors { message } }
}`;

export const CANCEL_JOB = `mutation CancelJob($id: ID!) {
  cancelled: cancelJob(id: $id) { job { id } errors { message } }
}`;

/** An event of a job. */
export type JobEvent =
  & { readonly number: number; readonly at: string }
  & (
    | {
      readonly __typename: "Progress";
      readonly step: number;
      readonly total: number;
      readonly message: string | null;
      readonly metrics: Readonly<Record<string, number>> | null;
      readonly imagesPerSecond: number | null;
      readonly secondsLeft: number | null;
    }
    | ({ readonly __typename: "Queued" } & QueueNews)
    | { readonly __typename: "Preview"; readonly image: { url: string } }
    | {
      readonly __typename: "TrainingSample";
      readonly step: number;
      readonly label: string | null;
      readonly sample: { url: string } | null;
    }
    | { readonly __typename: "Warning"; readonly warning: string }
    | { readonly __typename: "Failed"; readonly error: { message: string } }
    | { readonly __typename: "Started" | "PathFrame" | "Done" | "Cancelled" }
  );

export const JOB_EVENTS = `subscription JobEvents($id: ID!, $after: Int!, $follower: String) {
  event: jobEvents(id: $id, after: $after, follower: $follower) {
    __typename number at
    ... on Progress { step total message metrics imagesPerSecond secondsLeft }
    ... on Queued { position ahead { task } secondsLeft }
    ... on Preview { image { url } }
    ... on TrainingSample { step label sample: image { url } }
    ... on Warning { warning: message }
    ... on Failed { error { message } }
  }
}`;
