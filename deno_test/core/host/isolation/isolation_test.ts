/** Isolated plugins: they work as they do in the host's thread, may do nothing else, and cannot take the host with them. */

import {
  CancelledError,
  editors,
  Host,
  InputError,
  judges,
  loadPlugins,
  metrics,
  type PathRecord,
  type PathTools,
  PluginError,
  type ProbePlugin,
  probes,
  Random,
  type SeenPaths,
  tensor,
} from "@countergrade/countergrade";
import { memoryJob } from "@countergrade/countergrade/testing";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";

const faulty = new URL("./faulty_plugin.ts", import.meta.url).href;
const custom = new URL("../../../../examples/custom_probe.ts", import.meta.url).href;

interface Faults {
  readonly setup?: string;
  readonly call?: string;
  readonly fit?: string;
  readonly edit?: string;
  readonly measure?: string;
  readonly get?: string;
  readonly judge?: string;
}

/** A host with the faulty plugin, isolated. */
async function boot(options: Faults = {}, limits: { seconds?: number; megabytes?: number } = {}) {
  return await Host.boot(
    await loadPlugins([{ use: faulty, options, isolated: true, ...limits }]),
  );
}

const codes = tensor([2, 2], [1, 2, 3, 4]);
const labels = Int32Array.of(0, 1);
const context = {
  scale: { type: "ordinal" as const, names: ["none", "mild", "severe"] },
  threshold: 1,
  random: new Random(3),
};

/** A probe with a fault of its own, beside those of its plugin. */
async function fitted(host: Host, faults: { call?: string; fit?: string } = {}) {
  const member = host.member<ProbePlugin>(probes, "faulty");
  return await member.fit(codes, labels, { c: 1, ...faults }, context);
}

/** Tests of one isolated plugin, whose process starts again where it was ended. */
function withOne(name: string, test: (host: Host, t: Deno.TestContext) => Promise<void>): void {
  // A process that starts in one step and ends in another is no leak.
  const sanitize = { sanitizeOps: false, sanitizeResources: false };
  Deno.test({
    name,
    ...sanitize,
    async fn(t) {
      await using host = await boot();
      await test(host, {
        ...t,
        step: (name: string, fn: () => Promise<void>) => t.step({ name, fn, ...sanitize }),
      } as Deno.TestContext);
    },
  });
}

const path: PathRecord = {
  original: tensor([1, 1, 1, 1], [0]),
  reconstruction: tensor([1, 1, 1, 1], [0]),
  frames: tensor([2, 1, 1, 1], [0.5, 0.6]),
  code: tensor([1, 2], [1, 2]),
  codes,
  reencoded: codes,
  targetScores: [0, 1],
  targetGrades: [0, 1],
  latentGrades: [0, 1],
  imageGrades: [0, 1],
  imageScores: [0, 1],
  lengths: [0, 1],
};

Deno.test("an isolated probe gives the same numbers as in the host's thread", async () => {
  await using inside = await Host.boot(await loadPlugins([custom]));
  await using outside = await Host.boot(await loadPlugins([{ use: custom, isolated: true }]));
  const random = new Random(5);
  const many = tensor([60, 3], random.normals(180));
  const grades = Int32Array.from({ length: 60 }, (_, i) => many.data[3 * i] > 0 ? 2 : i % 2);
  const fits = await Promise.all(
    [inside, outside].map((host) =>
      host.member<ProbePlugin>(probes, "nearestCentroid").fit(many, grades, {}, context)
    ),
  );
  const [a, b] = fits;
  assertEquals(b.score(many), a.score(many));
  assertEquals(b.gradient(many), a.gradient(many));
  assertEquals(b.probability(many), a.probability(many));
  assertEquals(b.grade(many), a.grade(many));
  assertEquals([b.scoreAt(1), b.scoreAtProbability(0.7)], [
    a.scoreAt(1),
    a.scoreAtProbability(0.7),
  ]);
  assertEquals(JSON.stringify(b), JSON.stringify(a));
  const loaded = outside.member<ProbePlugin>(probes, "nearestCentroid").load(b.toJSON());
  assertEquals(loaded.score(many), a.score(many));
});

Deno.test("options of an isolated member have their schema on both sides", async () => {
  await using host = await boot({ fit: "seed" });
  const member = host.member<ProbePlugin>(probes, "faulty");
  const choice = host.choice(probes, "faulty");
  assertEquals(choice.parse({ faulty: {} }), { faulty: { c: 2 } });
  assert(!choice.safeParse({ faulty: { c: -1 } }).success);
  await assertRejects(() => member.fit(codes, labels, { c: -1 }, context), InputError, "c: ");
  const drawn = new Random(3).uniform();
  const fit = () => member.fit(codes, labels, { c: 5 }, context);
  await assertRejects(fit, PluginError, `5 ${drawn}`);
});

Deno.test("an isolated editor asks the host's probe, and a metric asks the host's models", async () => {
  await using host = await boot();
  const probe = await fitted(host);
  const latents = { codes, noise: path.frames };
  const statistics = { mean: codes, covariance: codes, distances: codes };
  const move = (by: number) =>
    host.member(editors, "nudge")
      .edit(latents, probe, [{ grade: 0 }, { grade: 1 }], { by }, { statistics });
  assertEquals((await move(2)).latents.codes.data, Float32Array.of(3, 2, 5, 4));
  assertEquals((await move(0)).latents, latents);
  const figures = await host.member(metrics, "askers").measure(path, {
    probe,
    encode: () => Promise.resolve(codes),
    encodeStochastic: () => Promise.resolve(path.frames),
    render: ({ noise }) => Promise.resolve(tensor(noise.shape, noise.data.map((x) => x / 2))),
    edit: (given, targets) =>
      host.member(editors, "nudge").edit(given, probe, targets, { by: 1 }, { statistics }),
  });
  assertEquals(figures, { rendered: 0.25, moved: 2, score: 3, scoreAt: 1 });
});

Deno.test("an isolated metric without a cost is measured without the models, and refused them", async () => {
  const metric = (member: string) => `
    import { definePlugin, metrics } from "@countergrade/countergrade";
    export default definePlugin({
      id: "light", version: "1.0.0", apiVersion: "^1",
      setup: (registry) => registry.add(metrics, { name: "light", description: "Light", ${member} }),
    });`;
  const withheld = new Proxy({} as PathTools, {
    get: () => {
      throw new TypeError("it must have a cost");
    },
  });
  const seen = {} as SeenPaths;
  const measured = async (member: string) => {
    const folder = await Deno.makeTempDir({ dir: new URL("../../../", import.meta.url).pathname });
    try {
      const use = `${folder}/light.ts`;
      await Deno.writeTextFile(use, metric(member));
      await using host = await Host.boot(await loadPlugins([{ use, isolated: true }]));
      const light = host.member(metrics, "light");
      return { ...await light.measure(path, withheld), ...await light.together?.(seen) };
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  };
  const size = await measured("measure: ({ frames }) => ({ size: frames.data.length })");
  assertEquals(size, { size: path.frames.data.length });
  const both = await measured(
    "measure: () => ({ here: 1 }), together: (seen) => ({ seen: Object.keys(seen).length })",
  );
  assertEquals(both, { here: 1, seen: 0 });
  await assertRejects(
    () => measured('measure: () => ({}), together: () => ({ x: "many" })'),
    PluginError,
    "gave x as a string",
  );
  for (const use of ["tools.probe.codeSize", "await tools.encode(path.frames)"]) {
    const member = `async measure(path, tools) { return { x: ${use} }; }`;
    await assertRejects(() => measured(member), PluginError, "it must have a cost");
  }
});

Deno.test("while an isolated editor waits for the host, its time stands still", async () => {
  await using host = await boot({}, { seconds: 1 });
  const inside = await fitted(host);
  // The first call of a process may take longer.
  await host.openDataset("noughts");
  const slow = {
    ...inside,
    toJSON: () => inside.toJSON(),
    gradient(given: typeof codes) {
      const end = performance.now() + 3_500;
      while (performance.now() < end);
      return given;
    },
  };
  const latents = { codes, noise: path.frames };
  const statistics = { mean: codes, covariance: codes, distances: codes };
  const targets = [{ grade: 0 }, { grade: 1 }];
  const edit = await host.member(editors, "nudge")
    .edit(latents, slow, targets, { by: 1 }, { statistics });
  assertEquals(edit.latents.codes.data, Float32Array.of(2, 4, 6, 8));
});

Deno.test("an isolated data set is found, opened and read", async () => {
  await using host = await boot();
  assertEquals((await host.discoverDatasets()).map(({ id }) => id), ["noughts"]);
  const dataset = await host.openDataset("noughts");
  const batch = await dataset.get("train", [3, 0]);
  assertEquals(batch.ids, ["3", "0"]);
  assertEquals(batch.labels, Int32Array.of(1, 0));
  assertEquals(batch.images, tensor([2, 1, 2, 2], new Float32Array(8)));
});

withOne("an isolated plugin has no permission", async (host, t) => {
  for (const call of ["read", "environment", "run", "write", "net", "ffi", "sys"]) {
    await t.step(call, async () => {
      const probe = await fitted(host, { call });
      assertThrows(() => probe.score(codes), PluginError, "Requires ");
    });
  }
});

Deno.test("a plugin that is trusted with reading may read, and no more", async () => {
  const entry = { use: faulty, isolated: true, trust: ["read" as const] };
  await using host = await Host.boot(await loadPlugins([{ ...entry, options: { call: "read" } }]));
  assertEquals((await fitted(host)).score(codes), Float64Array.of(1, 3));
  await using other = await Host.boot(
    await loadPlugins([{ ...entry, options: { call: "environment" } }]),
  );
  const probe = await fitted(other);
  assertThrows(() => probe.score(codes), PluginError, "Requires env");
});

/** Where score() of a probe fails, and where fit() does. */
async function failsInScore(host: Host, call: string, said: string): Promise<void> {
  const probe = await fitted(host, { call });
  const error = assertThrows(() => probe.score(codes), PluginError, said);
  assert(error.message.startsWith('Plugin "faulty": '), error.message);
  // The process is there again, with the same probe.
  assertEquals(probe.grade(codes), Float64Array.of(2, 4));
}

async function failsInFit(host: Host, fit: string, said: string): Promise<void> {
  const error = await assertRejects(() => fitted(host, { fit }), PluginError, said);
  assert(error.message.startsWith('Plugin "faulty": '), error.message);
  assertEquals((await (await host.openDataset("noughts")).get("train", [0])).ids, ["0"]);
}

withOne(
  "a call that fails in an isolated probe is an error that names the plugin",
  async (host, t) => {
    for (
      const [call, said] of Object.entries({
        throw: "no such thing",
        exit: "Deno.exit() is not for plugins",
        "process exit": "process.exit() is not for plugins",
        crash: "() crashed (SIGKILL)",
        close: "close() is not for plugins",
        shape: "a Float64Array of 3; expected a Float64Array of 2",
        dtype: "a Float32Array of 2; expected a Float64Array of 2",
        nan: "NaN at 0; expected finite numbers",
      })
    ) {
      await t.step(`score(): ${call}`, () => failsInScore(host, call, said));
      if (["shape", "dtype", "nan", "close"].includes(call)) continue;
      await t.step(`fit(): ${call}`, () => failsInFit(host, call, said));
    }
  },
);

for (
  const [call, said, limits] of [
    ["loop", "took longer than 1 s", { seconds: 1 }],
    ["grow", "MB of memory", { megabytes: 150 }],
  ] as const
) {
  Deno.test(`a call beyond its limits in an isolated probe is an error that names the plugin: ${call}`, async () => {
    await using host = await boot({}, limits);
    await failsInScore(host, call, said);
    await failsInFit(host, call, said);
  });
}

Deno.test("an error that nobody awaits ends the call and names the plugin", async () => {
  await using host = await boot();
  await assertRejects(() => fitted(host, { fit: "late" }), PluginError, "out of the blue");
});

Deno.test("inputs of an isolated plugin are copies", async () => {
  await using host = await boot({ call: "mutate" });
  const probe = await fitted(host);
  assertEquals(probe.score(codes), Float64Array.of(0, 0));
  assertEquals(codes.data, Float32Array.of(1, 2, 3, 4));
});

Deno.test("an array that an isolated plugin returns twice comes whole both times", async () => {
  await using host = await boot({ get: "cached" });
  const dataset = await host.openDataset("noughts");
  for (let i = 0; i < 2; i++) {
    assertEquals(
      (await dataset.get("train", [0])).images,
      tensor([1, 1, 2, 2], new Float32Array(4)),
    );
  }
});

Deno.test("20 MB go to an isolated plugin and come back", async () => {
  await using host = await boot();
  const probe = await fitted(host);
  const n = 2_500_000;
  const many = tensor([n, 2], new Float32Array(2 * n).map((_, i) => i));
  assertEquals(probe.score(many)[n - 1], many.data[2 * n - 2]);
  const { shape, data } = probe.gradient(many);
  assertEquals([shape, data.length, data[2 * n - 2], data[2 * n - 1]], [[n, 2], 2 * n, 1, 0]);
});

Deno.test("calls in parallel get each its own result", async () => {
  await using host = await boot({ fit: "seed" });
  const member = host.member<ProbePlugin>(probes, "faulty");
  const fits = Array.from(
    { length: 12 },
    (_, c) => member.fit(codes, labels, { c: c + 1 }, context),
  );
  const failed = await Promise.allSettled(fits);
  const drawn = new Random(3).uniform();
  assertEquals(
    failed.map((fit) => (fit as PromiseRejectedResult).reason.message),
    fits.map((_, c) => `Plugin "faulty": probe "faulty": fit() failed: ${c + 1} ${drawn}`),
  );
});

withOne("a cancelled fit() of an isolated probe stops, or is ended", async (host, t) => {
  for (const fit of ["wait", "deaf", "loop", "awaited: loop"]) {
    await t.step(fit, async () => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(new CancelledError()), 100);
      const member = host.member<ProbePlugin>(probes, "faulty");
      const cancelled = { ...context, signal: controller.signal };
      await assertRejects(
        () => member.fit(codes, labels, { c: 1, fit }, cancelled),
        fit === "wait" ? Error : CancelledError,
      );
    });
  }
});

Deno.test("wrong results of other isolated members name plugin and member", async () => {
  await using host = await boot({ edit: "shape", measure: "word", get: "shape" });
  const probe = await fitted(host);
  const latents = { codes, noise: path.frames };
  const statistics = { mean: codes, covariance: codes, distances: codes };
  const edit = () =>
    host.member(editors, "nudge").edit(latents, probe, [{ grade: 0 }, { grade: 1 }], {}, {
      statistics,
    });
  await assertRejects(edit, PluginError, 'editor "nudge": edit() returned a Float64Array of 3');
  const dataset = await host.openDataset("noughts");
  await assertRejects(() => dataset.get("train", [0, 1]), PluginError, 'dataset "noughts": get()');
  const tools = {
    probe,
    encode: () => Promise.resolve(codes),
    encodeStochastic: () => Promise.resolve(path.frames),
    render: () => Promise.resolve(path.frames),
    edit: () =>
      Promise.resolve({
        latents,
        targetScore: new Float64Array(2),
        length: new Float64Array(2),
        lengthRatio: new Float64Array(2),
        percentile: new Float64Array(2),
      }),
  };
  const measure = async (given: PathTools) =>
    await host.member(metrics, "askers").measure(path, given);
  await assertRejects(() => measure(tools), PluginError, "gave said as a string");
  // What the host's own models refuse is theirs to say, also through the plugin.
  const refused = { ...tools, edit: () => Promise.reject(new InputError("out of reach")) };
  await assertRejects(() => measure(refused), InputError, "out of reach");
});

for (
  const [setup, said] of Object.entries({
    throw: "setup failed: no luck",
    twice: 'registers "faulty" in probes, a name that "faulty" has taken',
    undeclared: 'adds "surprise" to metrics',
    lacking: 'does not add "faulty" to probes',
    encoder: "encoders",
  })
) {
  Deno.test(`an isolated plugin whose setup fails is an error that names it: ${setup}`, async () => {
    await assertRejects(() => boot({ setup }), PluginError, said);
  });
}

for (const isolated of [true, false]) {
  const where = isolated ? "an isolated judge" : "a judge";
  Deno.test(`${where} reads what is stored, tells, and judges; wrong words name it`, async () => {
    await using host = await Host.boot(await loadPlugins([{ use: faulty, isolated }]));
    const images = tensor([2, 1, 1, 2], [0, 1, 0, -1]);
    const judged = async (fault?: string) => {
      const job = memoryJob(host);
      const { id: note } = await job.save("note", { "grade.bin": Uint8Array.of(40) }, {}, []);
      await using judge = await host.member(judges, "stored").open({ note, judge: fault }, job);
      const told = await judge.judge(images);
      return { told, classes: judge.classes, scale: judge.scale, events: job.events };
    };
    const { told, ...rest } = await judged();
    assertEquals([...told.grades], [0.4, 0.4]);
    assertEquals([...told.probabilities!], [0.6, 0.4, 0.6, 0.4]);
    assertEquals(rest.classes, 2);
    assertEquals(rest.scale, { type: "binary", names: ["no", "yes"] });
    assertEquals(rest.events, [{ type: "warning", message: "opened note-1" }]);
    for (
      const [fault, words] of [
        [
          "shape",
          'judge "stored": judge() returned a Float64Array of 3; expected a Float64Array of 2',
        ],
        ["nan", "expected finite numbers"],
        ["silent", "returned undefined; expected a Float64Array of 4"],
        ["sum", "for row 0; expected 2 probabilities whose sum is 1"],
        ["throw", "failed: no such thing"],
      ]
    ) await assertRejects(() => judged(fault), PluginError, words);
    if (isolated) {
      await assertRejects(() => judged("save"), InputError, "an isolated judge cannot store");
    } else await assertRejects(() => judged("mutate"), PluginError, "changed its input");
  });
}
