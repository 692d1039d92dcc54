/** The import table of ARCHITECTURE.md and other rules of the house, held by a test. */

import { assert, assertEquals } from "@std/assert";
import { type Import, importsOf, root, sourceFiles, textOf } from "./source_files.ts";

const self = "@countergrade/countergrade";
const { imports: dependencies, exports } = JSON.parse(
  await Deno.readTextFile(new URL("deno.json", root)),
) as { imports: Record<string, string>; exports: Record<string, string> };

const scripts = await sourceFiles([".ts", ".tsx"]);
const files = new Map<string, Import[]>();
for (const path of scripts) files.set(path, importsOf(path, await textOf(path)));

/** The exported core files in the order of mod.ts. */
const order = importsOf("mod.ts", await textOf("mod.ts")).map(({ target }) => target);

/** An npm package of deno.json, or a module of Node that Deno brings. */
function isPackage(target: string): boolean {
  return target.startsWith("node:") ||
    (dependencies[target] ?? "").startsWith("npm:");
}

/** What the files of a folder may import beside npm packages; the first row that fits a file counts. */
const table: [folder: RegExp, may: (target: string, file: string) => boolean][] = [
  [/^core\/(graph|nn|diffusion)\//, (target, file) => {
    const [, part] = file.split("/");
    const reach = part === "nn" ? "graph|nn|diffusion" : part;
    return new RegExp(`^core/((${reach})/|(tensor|random|errors|abort|provider)\\.ts$)`).test(
      target,
    );
  }],
  [/^core\//, (target) => /^core\/[^/]+\.ts$/.test(target)],
  [/^plugins\/mod\.ts$/, (target) => target === self || target.startsWith("plugins/")],
  [/^plugins\//, (target, file) => target === self || target.startsWith(ownFolder(file))],
  [
    /^server\/(main|cli)\.ts$/,
    (target) =>
      target === self || target === `${self}/plugins` || target === "plugins/mod.ts" ||
      target.startsWith("server/"),
  ],
  [
    /^server\/scaffold\/templates\//,
    (target, file) =>
      target === self || target.startsWith(`${self}/`) || target === file.replace("_test", ""),
  ],
  [
    /^server\/(cli_plugin|plugin_check)\.ts$/,
    (target) => target === self || target === `${self}/testing` || target.startsWith("server/"),
  ],
  [/^server\//, (target) => target === self || target.startsWith("server/")],
  [
    /^examples\//,
    (target) => target === self || target.startsWith(`${self}/`) || target.startsWith("examples/"),
  ],
  [/^mod\.ts$/, (target) => target.startsWith("core/")],
  [/^testing\.ts$/, (target) => target.startsWith("testing/")],
  [/^testing\//, (target) => target === self || target.startsWith("testing/")],
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
    ["core/probe.ts", "@countergrade/countergrade"],
    ["plugins/probes/logistic.ts", "core/probe.ts"],
    ["plugins/encoders/dae/mod.ts", "plugins/probes/logistic.ts"],
    ["server/http/yoga.ts", "plugins/mod.ts"],
    ["server/http/yoga.ts", "core/jobs/run_job.ts"],
    ["examples/custom_probe.ts", "core/probe.ts"],
    ["core/probe.ts", "left-pad"],
    ["elsewhere/x.ts", "zod"],
  ];
  for (const [file, target] of cases) {
    if (file.startsWith("elsewhere")) assert(offence(file, { target, typeOnly: false }));
    else assertEquals(offence(file, { target, typeOnly: false }), `${file} imports ${target}`);
  }
});

Deno.test("core files run only what stands before them in mod.ts", () => {
  const place = (file: string) => {
    const index = order.indexOf(file);
    return index < 0 ? undefined : index;
  };
  const offences: string[] = [];
  // A file that mod.ts does not export stands just before the first exported file that needs it.
  const reached = (file: string, seen: Set<string>): string[] =>
    (files.get(file) ?? []).filter(({ typeOnly }) => !typeOnly).flatMap(({ target }) => {
      if (!target.startsWith("core/") || seen.has(target)) return [];
      seen.add(target);
      return place(target) === undefined ? reached(target, seen) : [target];
    });
  for (const [at, file] of order.entries()) {
    for (const target of reached(file, new Set([file]))) {
      if (place(target)! > at) offences.push(`${file} needs ${target}, which comes later`);
    }
  }
  assertEquals(offences, []);
});

Deno.test("core imports go in no circle", () => {
  const done = new Set<string>();
  const visit = (file: string, way: readonly string[]): void => {
    assert(!way.includes(file), `a circle: ${[...way, file].join(" → ")}`);
    if (done.has(file)) return;
    for (const { target, typeOnly } of files.get(file) ?? []) {
      if (!typeOnly && target.startsWith("core/")) visit(target, [...way, file]);
    }
    done.add(file);
  };
  for (const file of files.keys()) if (file.startsWith("core/")) visit(file, []);
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

Deno.test("dependencies are npm packages of one exact version", () => {
  const odd = Object.entries(dependencies).filter(([name, target]) =>
    name !== "@std/assert" && !/^npm:(@[\w.-]+\/)?[\w.-]+@\d+\.\d+\.\d+(\/[\w./-]+)?$/.test(target)
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
