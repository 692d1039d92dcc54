/** Tasks that run to their end on a server of toys. */

import type { ToyServer } from "./toy_server.ts";

/** All that an event of a job may say. */
export const EVENT = `__typename number jobId
  ... on Progress { step total metrics }
  ... on Preview { image { url } }
  ... on PathFrame { frame { index targetGrade latentGrade imageGrade image { url } difference { url } } }
  ... on Warning { message }
  ... on Failed { error { code message path } }
  ... on Done { job { state ... on CountUpJob { result { sum } } artifacts { id __typename } } }`;

/** Runs a task to its end and returns its job. */
export async function run(server: ToyServer, call: string) {
  const { data: { started: { job } } } = await server.ask(
    `mutation { started: ${call} { job { id } } }`,
  );
  await (await server.follow(`subscription { event: jobEvents(id: "${job.id}") { number } }`))
    .rest();
  const fields =
    `id state error { code message path } progress { step total imagesPerSecond secondsLeft }
    ... on MakeModelJob { result { probe { id title } } }
    ... on ChooseProbeJob { resultData }`;
  return (await server.ask(`{ job(id: "${job.id}") { ${fields} } }`)).data.job;
}

/** The id of a new probe. */
export async function probeOf(server: ToyServer): Promise<string> {
  return (await run(server, "makeModel")).result.probe.id;
}
