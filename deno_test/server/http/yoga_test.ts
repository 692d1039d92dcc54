/** The API without a port: operations, subscriptions, errors. */

import { type LocalEventBus } from "@countergrade/countergrade/jobs";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { until } from "../../until.ts";
import { post, withToyServer } from "../toy_server.ts";
import { EVENT, probeOf, run } from "../toy_runs.ts";

Deno.test("every task is a mutation with typed options; the job tells state, options and result", () =>
  withToyServer(async (server) => {
    const job = await run(
      server,
      "chooseProbe(input: { probe: { flat: { c: 2 } }, mode: EXACT, targets: null })",
    );
    assertEquals(job.state, "DONE");
    assertEquals(job.resultData.chosen, {
      probe: { flat: { c: 2 } },
      targets: [0, 1],
      noisy: true,
      mode: "exact",
    });
    const counted = await run(server, "countUp(input: { steps: 3 })");
    const { imagesPerSecond, ...progress } = counted.progress;
    assertEquals(progress, { step: 3, total: 3, secondsLeft: 0 });
    assert(imagesPerSecond > 0);
  }));

Deno.test("the last event has the result with its type", () =>
  withToyServer(async (server) => {
    const events = await (await server.follow(`subscription {
      event: countUp(input: { steps: 3 }) {
        __typename
        ... on Done { resultData result { __typename ... on CountUpResult { sum tally { files { name } } } } }
      }
    }`)).rest();
    const done = events.at(-1) as unknown as {
      resultData: { sum: number };
      result: { __typename: string; sum: number; tally: unknown };
    };
    assertEquals(done.result, {
      __typename: "CountUpResult",
      sum: done.resultData.sum,
      tally: { files: [{ name: "sum.txt" }] },
    });
  }));

Deno.test("what is wrong with options is told with the way to it, whether types or tasks find it", () =>
  withToyServer(async (server) => {
    const query = `mutation ($input: ChooseProbeInput!) {
      chooseProbe(input: $input) { errors { code path message } }
    }`;
    const cases: [object, (string | number)[]][] = [
      [{ probe: { flat: { c: -1 } } }, ["probe", "flat", "c"]],
      [{ probe: { flat: { c: "x" } } }, ["probe", "flat", "c"]],
      [{ probe: { flat: { d: 1 } } }, ["probe", "flat", "d"]],
      [{ probe: { flat: { names: ["a", 1] } } }, ["probe", "flat", "names", 1]],
      [{ probe: { flat: {}, round: {} } }, ["probe", "round"]],
      [{ probe: {} }, ["probe"]],
      [{ mode: "SLOW" }, ["mode"]],
      [{ odd: 1 }, ["odd"]],
    ];
    for (const [input, path] of cases) {
      const { data, errors } = await server.ask(query, { input });
      const [error] = errors ?? [];
      const told = data?.chooseProbe?.errors[0] ??
        { code: error?.extensions?.code, path: error?.extensions?.optionPath };
      assertEquals([told.code, told.path], ["BAD_INPUT", path], JSON.stringify(input));
      assert((told.message ?? error.message).length > 10);
    }
    const whole = await server.ask(query, { input: 5 });
    assertEquals(whole.errors?.[0].extensions?.optionPath, ["input"]);
    const many = await server.ask(query, { input: { targets: Array(100).fill("x") } });
    assertEquals(many.errors?.length, 5);
    const subscribed = await server.follow(
      `subscription ($input: ChooseProbeInput!) { event: chooseProbe(input: $input) { number } }`,
      { input: { probe: { flat: { c: -1 } } } },
    );
    const first = await subscribed.next();
    assertEquals(first?.errors?.[0].extensions, {
      code: "BAD_INPUT",
      optionPath: ["probe", "flat", "c"],
    });
    await subscribed.cancel();
    assertEquals((await server.ask("{ jobs { nodes { id } } }")).data.jobs.nodes, []);
    assertEquals(server.logged, []);
  }));

Deno.test("tasks for local files are not offered", () =>
  withToyServer(async (server) => {
    const { data } = await server.ask(`{
      tasks { name } __schema { mutationType { fields { name } } }
    }`);
    const names = [...data.tasks, ...data.__schema.mutationType.fields]
      .map(({ name }: { name: string }) => name);
    assert(names.includes("countUp") && names.includes("cancelJob"));
    assert(!names.includes("fileSize"));
  }));

Deno.test("the same input gives the stored job, `fresh` another one", () =>
  withToyServer(async (server) => {
    const call = (more: string) => run(server, `countUp(input: { steps: 2${more} })`);
    const first = await call("");
    assertEquals((await call("")).id, first.id);
    assert((await call(", fresh: true")).id !== first.id);
    assert((await call(", seed: 1")).id !== first.id);
  }));

Deno.test("wrong options, unknown ids and failed jobs are typed errors", () =>
  withToyServer(async (server) => {
    const wrong = await server.ask(`mutation {
      countUp(input: { steps: 0 }) { job { id } errors { __typename code message path } }
    }`);
    const { job, errors: [{ message, ...told }] } = wrong.data.countUp;
    assertEquals(job, null);
    assertEquals(told, { __typename: "InputError", code: "BAD_INPUT", path: ["steps"] });
    assertStringIncludes(message, "steps");

    const unknown = await server.ask(`mutation {
      cancelJob(id: "job-0") { errors { __typename code message path } }
    }`);
    assertEquals(unknown.data.cancelJob.errors[0], {
      __typename: "NotFoundError",
      code: "NOT_FOUND",
      message: 'Cannot find job "job-0"',
      path: [],
    });
    const nothing = await server.ask(`{
      job(id: "x") { id } encoder(id: "x") { id } node(id: "x") { id } dataset(id: "x") { id }
      counterfactualPath(id: "x") { id }
    }`);
    assertEquals(Object.values(nothing.data), [null, null, null, null, null]);

    const failed = await run(server, "fail(input: { how: INPUT })");
    assertEquals(failed.state, "FAILED");
    assertEquals(failed.error.path, ["probe", "c"]);
    const bug = await run(server, "fail(input: { how: BUG })");
    assertEquals(bug.error, { code: "INTERNAL", message: "Internal error", path: [] });
    const missing = async (input: string) => {
      const call = `counterfactualPath(input: { ${input} }) { errors { __typename message path } }`;
      return (await server.ask(`mutation { started: ${call} }`)).data.started.errors[0];
    };
    assertEquals(await missing('probe: "p", dataset: "bars"'), {
      __typename: "NotFoundError",
      message: 'Cannot find probe "p"',
      path: ["probe"],
    });
    const probe = await probeOf(server);
    const lost = await missing(`probe: "${probe}", dataset: "nope"`);
    assertEquals(lost.path, ["dataset"]);
    assertStringIncludes(lost.message, "known: bars");
    assertEquals(
      (await missing(`probe: "${probe.replace("probe", "encoder")}", dataset: "bars"`)).path,
      ["probe"],
    );
    assertEquals(
      (await server.ask('{ jobs(task: "counterfactualPath") { totalCount } }')).data.jobs,
      {
        totalCount: 0,
      },
    );
  }));

Deno.test("errors outside of unions carry code and option path; bugs are masked and logged", () =>
  withToyServer(async (server) => {
    const long = await server.ask("{ jobs(first: 101) { nodes { id } } }");
    assertEquals(long.errors?.[0].extensions, { code: "LIMIT" });
    const same = await server.ask(`{ ${"plugins { id } ".repeat(900)} }`);
    assertEquals(same.errors?.[0].extensions, { code: "LIMIT" });
    assertStringIncludes(same.errors![0].message, "fields of one name");
    assertStringIncludes(long.errors![0].message, "101 items: expected at most 100");
    const page = await server.ask("{ jobs(first: 0) { nodes { id } } }");
    assertEquals(page.errors?.[0].extensions, { code: "BAD_INPUT", optionPath: ["first"] });
    assertStringIncludes(page.errors![0].message, "1 to 100");
    const stream = await server.follow('subscription { event: jobEvents(id: "nope") { number } }');
    assertEquals((await stream.next())?.errors?.[0].extensions, { code: "NOT_FOUND" });

    Object.defineProperty(server.compute.workspace.store.jobs, "list", {
      value: () => Promise.reject(new Error("secret")),
    });
    const masked = await server.ask("{ jobs { nodes { id } } }");
    assertEquals(masked.errors?.[0].message, "Internal error");
    assert(!JSON.stringify(masked).includes("secret"));
    assertStringIncludes(server.logged.join(), "secret");
  }));

Deno.test("a subscriber gets every event in order, and goes on where it stopped", () =>
  withToyServer(async (server) => {
    const all = await (await server.follow(
      `subscription { event: countUp(input: { steps: 40 }) { ${EVENT} } }`,
    )).rest();
    assertEquals(all.map(({ number }) => number), Array.from({ length: 42 }, (_, i) => i + 1));
    assertEquals(all.map((event) => event.__typename), [
      "Started",
      ...Array<string>(40).fill("Progress"),
      "Done",
    ]);
    const id = all[0].jobId;
    const later = await (await server.follow(
      `subscription($id: ID!) { event: jobEvents(id: $id, after: 30) { ${EVENT} } }`,
      { id },
    )).rest();
    assertEquals(later, all.slice(30));
    const { data } = await server.ask(`{
      job(id: "${id}") {
        events(after: "40", first: 5) {
          nodes { __typename number } edges { cursor }
          pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        }
        start: events(first: 2) { nodes { number } pageInfo { hasNextPage hasPreviousPage } }
      }
    }`);
    const { nodes, edges, pageInfo } = data.job.events;
    assertEquals(nodes, [
      { __typename: "Progress", number: 41 },
      { __typename: "Done", number: 42 },
    ]);
    assertEquals(edges, [{ cursor: "41" }, { cursor: "42" }]);
    assertEquals(pageInfo, {
      hasNextPage: false,
      hasPreviousPage: true,
      startCursor: "41",
      endCursor: "42",
    });
    assertEquals(data.job.start, {
      nodes: [{ number: 1 }, { number: 2 }],
      pageInfo: { hasNextPage: true, hasPreviousPage: false },
    });
    const odd = await server.ask(
      `{ job(id: "${id}") { events(after: "x") { nodes { number } } } }`,
    );
    assertEquals(odd.errors?.[0].extensions?.optionPath, ["after"]);
  }));

Deno.test("a client that leaves frees its subscription, the job goes on until it is cancelled", () =>
  withToyServer(async (server) => {
    const bus = server.compute.workspace.bus as LocalEventBus;
    const stream = await server.follow(
      `subscription { event: countUp(input: { steps: 10000, delay: 2 }) { ${EVENT} } }`,
    );
    const id = (await stream.next())!.data.event.jobId;
    assertEquals(bus.sizeOf(id), 1);
    await stream.cancel();
    await until(() => bus.sizeOf(id) === 0);

    const watching = await server.follow(
      `subscription { event: jobEvents(id: "${id}") { ${EVENT} } }`,
    );
    await watching.next();
    const { data } = await server.ask(`mutation { cancelJob(id: "${id}") { job { __typename } } }`);
    assertEquals(data.cancelJob.job.__typename, "CountUpJob");
    assertEquals((await watching.rest()).at(-1)!.__typename, "Cancelled");
  }));

Deno.test("dispose() ends open subscriptions, then nothing is answered", () =>
  withToyServer(async (server) => {
    const stream = await server.follow(
      "subscription { event: countUp(input: { steps: 10000, delay: 2 }) { number } }",
    );
    await stream.next();
    await server.app.dispose();
    const rest = await stream.rest();
    assert(rest.length < 9000, "the subscription went on until the job was done");
    assertEquals((await server.app.fetch(post("{ __typename }"))).status, 503);
  }));

Deno.test("plugins tell what they bring; node finds anything by its id", () =>
  withToyServer(async (server) => {
    const probe = await probeOf(server);
    const { data } = await server.ask(
      `query($probe: ID!) {
        plugins { id version members { family name description } }
        tasks { name optionsSchema }
        node(id: $probe) { __typename id }
        bars: node(id: "bars") { __typename ... on Dataset { imageShape scale { type names } } }
      }`,
      { probe },
    );
    assertEquals(data.plugins.map(({ id }: { id: string }) => id), ["toy-tasks", "toy-paths"]);
    assertEquals(data.node, { __typename: "Probe", id: probe });
    const { id } = (await server.ask("{ jobs { nodes { id } } }")).data.jobs.nodes[0];
    const job = await server.ask(`{ node(id: "${id}") { __typename id } }`);
    assertEquals(job.data.node, { __typename: "MakeModelJob", id });
    assertEquals(data.bars.imageShape, [1, 16, 16]);
    assertEquals(data.bars.scale.type, "ORDINAL");
    const task = data.tasks.find(({ name }: { name: string }) => name === "countUp");
    assertEquals(task.optionsSchema.properties.steps.default, 5);
  }));

Deno.test("any task starts by its name, with options as its JSON schema has them", () =>
  withToyServer(async (server) => {
    const start = async (task: string, options: unknown) =>
      (await server.ask(
        `mutation($input: StartJobInput!) {
          startJob(input: $input) {
            job { __typename id options seed } errors { __typename code message path }
          }
        }`,
        { input: { task, options, seed: 7e9 } },
      )).data.startJob;
    const { job: { __typename, options, seed } } = await start("chooseProbe", {
      probe: { flat: { c: 2 } },
      mode: "fast",
    });
    assertEquals([__typename, seed], ["ChooseProbeJob", 7e9]);
    assertEquals([options.probe, options.mode], [{ flat: { c: 2 } }, "fast"]);
    const { errors: [wrong] } = await start("chooseProbe", { probe: { flat: { c: -1 } } });
    assertEquals([wrong.__typename, wrong.path], ["InputError", ["probe", "flat", "c"]]);
    assertEquals((await start("none", {})).errors[0].code, "NOT_FOUND");
    assertEquals((await start("countUp", 3)).errors[0].code, "BAD_INPUT");
  }));

Deno.test("members tell their options, artifacts are listed by kind", () =>
  withToyServer(async (server) => {
    const probe = await probeOf(server);
    const { data } = await server.ask(`{
      plugins { members { name optionsSchema } }
      artifacts(kind: "probe") { nodes { __typename id } }
      all: artifacts(first: 1) { pageInfo { hasNextPage } }
    }`);
    type Member = { name: string; optionsSchema: { properties: object } | null };
    const members = data.plugins.flatMap(({ members }: { members: Member[] }) => members);
    const keys = (name: string) => {
      const schema = members.find((member: Member) => member.name === name).optionsSchema;
      return schema && Object.keys(schema.properties);
    };
    assertEquals([keys("flat"), keys("countUp")], [["c", "names"], ["steps", "delay"]]);
    assertEquals(data.artifacts.nodes, [{ __typename: "Probe", id: probe }]);
    assertEquals(data.all.pageInfo.hasNextPage, true);
  }));
