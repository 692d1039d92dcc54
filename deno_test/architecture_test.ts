/** The import table of ARCHITECTURE.md and other rules of the house, held by a test. */

import { assert, assertEquals } from "@std/assert";
import { type Import, importsOf, root, sourceFiles, textOf } from "./source_files.ts";

const self = "@countergrade/countergrade";
const { imports: dependencies, exports } = JSON.parse(
  await Deno.readTextFile(new URL("deno.json", root)),
) as { imports: Record<string, string>; exports: Record<string, string> };

const scripts = await sourceFiles([".ts", ".tsx"]);
const files = new Map<string, Import[]>();
for (const path of scripts) {
  const imports = importsOf(path, await textOf(path));
  files.set(path, imports.map((one) => ({ ...one, target: standIn(one.target) ?? one.target })));
}

/** What only tests, or examples, need: it is not in the import map that is published. */
const [testDependencies, exampleDependencies] = await Promise.all(
  ["deno_test", "examples"].map(async (folder) => {
    const { imports } = JSON.parse(await textOf(`${folder}/deno.json`));
    return imports as Record<string, string>;
  }),
);

/** The module of ours that stands in for one which is published elsewhere, as for `pngs`. */
function standIn(name: string): string | undefined {
  const path = dependencies[name] ?? "";
  return path.startsWith("./") ? path.slice(2) : undefined;
}

/** An npm package of deno.json, or a module of Node that Deno brings. */
function isPackage(target: string): boolean {
  return target.startsWith("node:") ||
    (dependencies[target] ?? "").startsWith("npm:");
}

/** The contracts, in the order in which data flows: each may use those before it. */
const CONTRACTS = [
  "labels",
  "label_column",
  "family",
  "dataset",
  "job_context",
  "encoder",
  "probe",
  "editor",
  "metric",
  "judge",
  "task",
];

/** The rooms of core: beside its own files and npm packages, each imports only from these. */
const ROOMS: Record<string, readonly string[]> = {
  ground: [],
  contracts: ["ground"],
  formats: ["ground"],
  figures: [],
  images: ["ground", "formats", "figures"],
  linear: ["ground", "contracts"],
  review: ["ground", "contracts", "linear"],
  graph: ["ground"],
  diffusion: ["ground"],
  nn: ["ground", "graph", "diffusion"],
  host: ["ground", "contracts"],
  jobs: ["ground", "contracts", "host", "formats"],
};

/** The room of a file in core. */
function roomOf(file: string): string {
  const [, room, inside] = file.split("/");
  if (inside !== undefined) return room;
  return CONTRACTS.includes(room.replace(/\.ts$/, "")) ? "contracts" : "ground";
}

function mayInCore(target: string, file: string): boolean {
  if (!target.startsWith("core/")) return false;
  const [from, to] = [roomOf(file), roomOf(target)];
  if (from === "contracts" && to === "contracts") {
    const place = (path: string) => CONTRACTS.indexOf(path.slice(5, -3));
    return place(target) < place(file);
  }
  return from === to || ROOMS[from].includes(to);
}

/** The rooms of the tasks, in the order in which data flows: each may use those before it. */
const TASK_ROOMS = [
  "report",
  "encoders",
  "judges",
  "data",
  "latents",
  "probes",
  "paths",
  "evaluation",
  "audit",
];

/** A task uses its own room and those before it; the list of all tasks uses every one. */
function mayInTasks(target: string, file: string): boolean {
  if (isDoor(target)) return true;
  if (!target.startsWith("plugins/tasks/")) return false;
  if (file === "plugins/tasks/mod.ts") return true;
  const [to, from] = [target, file].map((path) => TASK_ROOMS.indexOf(path.split("/")[2]));
  return to >= 0 && to <= from;
}

/** The rooms of the page: what is shared, forms, and views that know no other view but that of jobs. */
const PAGE_ROOMS: Record<string, readonly string[]> = {
  shared: [],
  form: ["shared"],
  jobs: ["shared", "form"],
  training: ["shared", "form", "jobs"],
  map: ["shared", "form", "jobs"],
  study: ["shared", "jobs"],
  explorer: ["shared", "jobs"],
};

/** A file of the page uses its own room and those that the table allows; what puts the page together uses every one. */
function mayInPage(target: string, file: string): boolean {
  if (isDoor(target)) return true;
  if (!target.startsWith("server/page/")) return false;
  const [to, from] = [target, file].map((path) => /^server\/page\/(\w+)\//.exec(path)?.[1]);
  return from === undefined || to === from || (to !== undefined && PAGE_ROOMS[from].includes(to));
}

/** The doors of the package that everybody may use; `/paths`, `/plugins` and `/testing` are for some. */
const DOORS = ["", "/formats", "/figures", "/images", "/linear", "/review", "/engine", "/jobs"];

/** One of the doors to core. */
function isDoor(target: string): boolean {
  return DOORS.some((door) => target === self + door);
}

/** What the files of a folder may import beside npm packages; the first row that fits a file counts. */
const table: [folder: RegExp, may: (target: string, file: string) => boolean][] = [
  [/^core\//, mayInCore],
  [/^plugins\/mod\.ts$/, (target) => isDoor(target) || target.startsWith("plugins/")],
  [/^plugins\/tasks\//, mayInTasks],
  [/^plugins\//, (target, file) => isDoor(target) || target.startsWith(ownFolder(file))],
  [
    /^server\/(main|cli\/main)\.ts$/,
    (target) =>
      isDoor(target) || target === `${self}/plugins` || target === "plugins/mod.ts" ||
      target.startsWith("server/"),
  ],
  [
    /^server\/scaffold\/templates\//,
    (target, file) =>
      isDoor(target) || target.startsWith(`${self}/`) || target === file.replace("_test", ""),
  ],
  [
    /^server\/cli\/plugin(_check)?\.ts$/,
    (target) => isDoor(target) || target === `${self}/testing` || target.startsWith("server/"),
  ],
  [/^server\/page\//, mayInPage],
  [/^server\//, (target) => isDoor(target) || target.startsWith("server/")],
  [
    /^examples\//,
    (target) =>
      isDoor(target) || target.startsWith(`${self}/`) || target.startsWith("examples/") ||
      Object.hasOwn(exampleDependencies, target),
  ],
  [/^(mod|engine)\.ts$/, (target) => target.startsWith("core/")],
  [/^testing\.ts$/, (target) => target.startsWith("testing/")],
  [/^testing\//, (target) => isDoor(target) || target.startsWith("testing/")],
  [/^(deno_test|bench)\//, () => true],
];

/** The folder of a plugin: `plugins/<family>/<name>/`, or its family's for a plugin of single files. */
function ownFolder(file: string): string {
  return file.split("/").slice(0, -1).slice(0, 3).join("/") + "/";
}

/** All rules that an import breaks. */
function offence(file: string, { target }: Import): string | undefined {
  const row = table.find(([folder]) => folder.test(file));
  if (!row) return `${file} is in no row of the import table`;
  return isPackage(target) || row[1](target, file) ? undefined : `${file} imports ${target}`;
}

Deno.test("importsOf() finds every form of import, and none in comments", () => {
  const text = [
    'import { a } from "./a.ts";',
    'import type { B } from "../b.ts";',
    'import {\n  type C,\n  type D,\n} from "./c.ts";',
    'import { type E, f } from "./e.ts";',
    'export * from "zod";',
    'import "./effect.ts";',
    '/** `import("./comment.ts")` */',
    ' * import { g } from "./example.ts";',
    'const late = await import("./late.ts");',
    'let shape: typeof import("./shape.ts");',
    'new Worker(new URL("./worker.ts", import.meta.url));',
  ].join("\n");
  assertEquals(importsOf("core/x/y.ts", text), [
    { target: "core/x/a.ts", typeOnly: false },
    { target: "core/b.ts", typeOnly: true },
    { target: "core/x/c.ts", typeOnly: true },
    { target: "core/x/e.ts", typeOnly: false },
    { target: "zod", typeOnly: false },
    { target: "core/x/effect.ts", typeOnly: false },
    { target: "core/x/late.ts", typeOnly: false },
    { target: "core/x/shape.ts", typeOnly: true },
    { target: "core/x/worker.ts", typeOnly: false },
  ]);
});

Deno.test("every file imports only what its folder may", () => {
  const offences = [...files].flatMap(([file, imports]) =>
    imports.map((one) => offence(file, one)).filter((text) => text !== undefined)
  );
  assertEquals(offences, []);
});

Deno.test("the table catches a core file that imports a plugin, and a plugin that imports another", () => {
  const cases: [string, string][] = [
    ["core/probe.ts", "plugins/mod.ts"],
    ["core/diffusion/ddim.ts", "core/graph/graph.ts"],
    ["core/formats/png/png.ts", "core/images/image.ts"],
    ["core/dataset.ts", "core/probe.ts"],
    ["core/tensor.ts", "core/labels.ts"],
    ["core/images/resize.ts", "core/dataset.ts"],
    ["core/probe.ts", "@countergrade/countergrade"],
    ["plugins/probes/logistic.ts", "core/probe.ts"],
    ["plugins/encoders/dae/mod.ts", "plugins/probes/logistic.ts"],
    ["plugins/tasks/latents/encode.ts", "plugins/tasks/probes/grade.ts"],
    ["plugins/tasks/paths/interpolation/interpolate.ts", "plugins/tasks/mod.ts"],
    ["plugins/tasks/paths/interpolation/interpolate.ts", "core/editor.ts"],
    ["server/page/form/form.tsx", "server/page/jobs/operations.ts"],
    ["server/page/map/map.tsx", "server/page/explorer/state.ts"],
    ["server/page/shared/query.ts", "server/page/shell.tsx"],
    ["server/http/yoga.ts", "plugins/mod.ts"],
    ["server/http/yoga.ts", "core/jobs/run_job.ts"],
    ["examples/custom_probe.ts", "core/probe.ts"],
    ["core/probe.ts", "left-pad"],
    ["core/probe.ts", "fast-check"],
    ["elsewhere/x.ts", "zod"],
  ];
  for (const [file, target] of cases) {
    if (file.startsWith("elsewhere")) assert(offence(file, { target, typeOnly: false }));
    else assertEquals(offence(file, { target, typeOnly: false }), `${file} imports ${target}`);
  }
});

Deno.test("every room of core is in the table, and every folder in the table is there", () => {
  const rooms = new Set([...files.keys()].filter((file) => file.startsWith("core/")).map(roomOf));
  assertEquals([...rooms].sort(), Object.keys(ROOMS).sort());
});

Deno.test("every room of tasks and page has its place, and every place its room", () => {
  const roomsIn = (folder: RegExp) => {
    const rooms = [...files.keys()].map((file) => folder.exec(file)?.[1]);
    return [...new Set(rooms)].filter((room) => room !== undefined).sort();
  };
  assertEquals(roomsIn(/^plugins\/tasks\/(\w+)\//), TASK_ROOMS.toSorted());
  assertEquals(roomsIn(/^server\/page\/(\w+)\//), Object.keys(PAGE_ROOMS).sort());
});

Deno.test("no imports go in a circle, types included", () => {
  const done = new Set<string>();
  const visit = (file: string, way: readonly string[]): void => {
    const at = way.indexOf(file);
    assert(at < 0, `a circle: ${[...way.slice(at), file].join(" → ")}`);
    if (done.has(file)) return;
    for (const { target } of files.get(file) ?? []) visit(target, [...way, file]);
    done.add(file);
  };
  for (const file of files.keys()) visit(file, []);
});

Deno.test("no folder of source holds more than 25 files", () => {
  const count = new Map<string, number>();
  for (const path of scripts) {
    if (!/^(core|plugins|server|testing|examples)\//.test(path)) continue;
    const folder = path.split("/").slice(0, -1).join("/");
    count.set(folder, (count.get(folder) ?? 0) + 1);
  }
  assertEquals([...count].filter(([, files]) => files > 25), []);
});

Deno.test("the front door holds at most 130 names", async () => {
  const names = Object.keys(await import("../mod.ts"));
  const types = (await textOf("mod.ts")).match(/\btype \w+|(?<=export type \{)[^}]*/g) ?? [];
  const typeNames = types.flatMap((text) => text.split(",").filter((name) => name.trim()));
  const all = names.length + typeNames.length;
  assert(all > 60 && all <= 130, `${all} names`);
});

Deno.test("a plugin of a single file imports no other plugin of its family", async () => {
  const texts = new Map<string, string>();
  for (const path of scripts) {
    if (path.startsWith("plugins/")) texts.set(path, await textOf(path));
  }
  const offences = [...texts.keys()].filter((path) => !path.endsWith("/mod.ts")).flatMap((path) =>
    files.get(path)!.filter(({ target }) => texts.get(target)?.includes("= definePlugin("))
      .map(({ target }) => `${path} imports the plugin ${target}`)
  );
  assertEquals(offences, []);
});

Deno.test("plugins/mod.ts lists every plugin", async () => {
  const list = await textOf("plugins/mod.ts");
  const [, listed] = /export const builtins[^=]*= \[([^\]]*)\]/.exec(list)!;
  for (const path of scripts.filter((path) => path.startsWith("plugins/"))) {
    const names = (await textOf(path)).matchAll(/^export const (\w+)[^=]*= definePlugin\(/gm);
    for (const [, name] of names) {
      assert(listed.includes(name), `${name} of ${path} is not in plugins/mod.ts`);
    }
  }
});

Deno.test("no file is a drawer for odds and ends", () => {
  assertEquals(
    scripts.filter((path) => /(^|\/)(utils?|helpers?|common|misc)\.tsx?$/.test(path)),
    [],
  );
});

Deno.test("every script says first what it is for", async () => {
  const silent: string[] = [];
  for (const path of scripts) if (!(await textOf(path)).startsWith("/**")) silent.push(path);
  assertEquals(silent, []);
});

Deno.test("no file names a place on somebody's machine, or a registry's host", async () => {
  const places = /(^|[^\w./-])\/(work|home|root|Users)\/|[A-Z]:\\Users|registry\.[a-z]+\.[a-z]+\//m;
  assert(places.test("cd /home" + "/me"));
  const found: string[] = [];
  for (
    const path of [
      ...await sourceFiles([".ts", ".tsx", ".md", ".json", ".css", ".html", ".sh"]),
      "deno.lock",
    ]
  ) {
    const hit = places.exec(await textOf(path));
    if (hit) found.push(`${path}: ${hit[0].trim()}`);
  }
  assertEquals(found, []);
});

Deno.test("the lock file holds hashes only, no address", async () => {
  const lock = await textOf("deno.lock");
  assertEquals(lock.match(/https?:\/\/[^"]*/g), null);
  const { npm } = JSON.parse(lock) as { npm: Record<string, { integrity?: string }> };
  const loose = Object.entries(npm).filter(([, { integrity }]) =>
    !integrity?.startsWith("sha512-")
  );
  assertEquals(loose.map(([name]) => name), []);
});

Deno.test("dependencies are npm packages of one exact version, or modules of ours in their place", () => {
  const all = [dependencies, testDependencies, exampleDependencies]
    .flatMap((imports) => Object.entries(imports));
  const odd = all.filter(([name, target]) =>
    !scripts.includes(standIn(name) ?? "") &&
    !/^npm:(@[\w.-]+\/)?[\w.-]+@\d+\.\d+\.\d+(\/[\w./-]+)?$/.test(target)
  );
  assertEquals(odd, []);
});

interface DocNode {
  name: string;
  declarations: {
    jsDoc?: { doc?: string };
    kind: string;
    location: { filename: string; line: number };
  }[];
}

Deno.test("every public symbol has a doc comment", async () => {
  const entries = Object.values(exports).map((path) => new URL(path, root).href);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--json", "--no-lock", ...entries],
    cwd: root,
  }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  const { nodes } = JSON.parse(new TextDecoder().decode(stdout)) as {
    nodes: Record<string, { symbols: DocNode[] }>;
  };
  const symbols = Object.values(nodes).flatMap((module) => module.symbols);
  assert(symbols.length > 100);
  const bare = symbols.filter(({ declarations }) => !declarations.some(({ jsDoc }) => jsDoc?.doc))
    .map(({ name, declarations: [{ location }] }) =>
      `${name} (${location.filename.split("/").slice(-2).join("/")}:${location.line})`
    );
  assertEquals(bare, []);
});
