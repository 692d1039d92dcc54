/** What a stored path and a probe tell of their evidence, typed. */

import { assertEquals } from "@std/assert";
import { type ToyServer, withToyServer } from "../../toy_server.ts";

const FRAME = `frames {
  index target { grade score } limited beyond imageRead judge { grade probability label }
  seen { held { name change } outside outsideChange arrived likeness }
}`;
const PATH = `calibration stepFactor unreached { target { grade class } reason }
  judge { name original { grade probability label } reconstruction { grade } } ${FRAME}`;

Deno.test("a path that is read from the store tells its evidence", () =>
  withToyServer(async (server) => {
    const judge = await modelOf(server, { title: "Of others" });
    const { frames, ...path } = await pathOf(server, {
      calibration: "REGRESSION",
      hold: ["brightness"],
      judge: { probe: { probe: judge } },
    });
    assertEquals(path, {
      calibration: "regression",
      stepFactor: 1,
      unreached: [{
        target: { grade: 3, class: null },
        reason: "grade 3 asks for the score 9, expected one from -2 to 2",
      }],
      judge: {
        name: "probe",
        original: { grade: 0.3, probability: null, label: null },
        reconstruction: { grade: 0.4 },
      },
    });
    assertEquals(frames.length, 3);
    assertEquals(frames[1], {
      index: 1,
      target: { grade: 1, score: null },
      limited: false,
      beyond: 0.46,
      imageRead: 1.2,
      judge: { grade: 1, probability: 0.25, label: null },
      seen: {
        held: [{ name: "brightness", change: 0.1 }],
        outside: 0.99,
        outsideChange: 0.012,
        arrived: 0.2,
        likeness: 0.6,
      },
    });
  }));

Deno.test("a path of before has none, and is no error", () =>
  withToyServer(async (server) => {
    const { frames, ...path } = await pathOf(server, { split: "test" });
    assertEquals(path, { calibration: null, stepFactor: null, unreached: null, judge: null });
    assertEquals(frames[3], {
      index: 3,
      target: { grade: 3, score: null },
      limited: null,
      beyond: null,
      imageRead: null,
      judge: null,
      seen: null,
    });
  }));

Deno.test("a probe says how often shuffled labels are told as well, where that was measured", () =>
  withToyServer(async (server) => {
    await modelOf(server);
    await modelOf(server, { title: "Guess", chance: 0.43 });
    const { data, errors } = await server.ask(
      "{ probes { nodes { title chance { p figure value images measuredOn } } } }",
    );
    assertEquals(errors, undefined);
    const chance = { p: 0.43, figure: "spearman", value: 0.1, images: 30, measuredOn: "val" };
    const titled = (a: { title: string }, b: { title: string }) => a.title < b.title ? -1 : 1;
    assertEquals(data.probes.nodes.toSorted(titled), [
      { title: "Guess", chance },
      { title: "Toy probe", chance: null },
    ]);
  }));

/** Makes a model of toys, and waits for it. */
async function modelOf(server: ToyServer, input: object = {}): Promise<string> {
  const events = await (await server.follow(
    `subscription($input: MakeModelInput!) {
      event: makeModel(input: $input) { __typename ... on Done { job { artifacts { id } } } }
    }`,
    { input },
  )).rest();
  const { job } = events.at(-1) as unknown as { job: { artifacts: { id: string }[] } };
  return job.artifacts.map(({ id }) => id).find((id) => id.startsWith("probe-"))!;
}

/** A path that is made with options, as it is read from the store. */
// deno-lint-ignore no-explicit-any -- the shape is that of the query
async function pathOf(server: ToyServer, options: object): Promise<any> {
  const probe = await modelOf(server);
  await (await server.follow(
    `subscription($input: CounterfactualPathInput!) {
      event: counterfactualPath(input: $input) { __typename }
    }`,
    { input: { probe, dataset: "bars", index: 0, delay: 0, ...options } },
  )).rest();
  const { data, errors } = await server.ask(`{ paths { nodes { ${PATH} } } }`);
  assertEquals(errors, undefined);
  return data.paths.nodes[0];
}
