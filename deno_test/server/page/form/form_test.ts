/** Forms: what is entered means the options that the task's own schema takes; and one filled in by hand, in a browser. */

import { BUILTINS, Host, loadPlugins, tasks } from "@countergrade/countergrade";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { z } from "zod";
import { type Field, fieldOf, type Schema, wordsOf } from "../../../../server/page/form/schema.ts";
import {
  type Complaint,
  type Draft,
  draftOf,
  pathsOf,
  placed,
  valueOf,
  withPart,
} from "../../../../server/page/form/values.ts";
import { TOYS } from "../../toy_server.ts";
import { ask, browserTest, withPage } from "../browser.ts";

const VIEWS = [...TOYS, new URL("../toy_views.ts", import.meta.url).href];

const schemaOf = (type: z.ZodType) =>
  z.toJSONSchema(type, { io: "input", unrepresentable: "any" }) as Schema;

/** A field, and the options that a draft of it means with what is wrong. */
function form(type: z.ZodType) {
  const field = fieldOf("", schemaOf(type));
  const read = (draft: Draft) => {
    const wrong: Complaint[] = [];
    return { value: valueOf(field, draft, [], wrong), wrong };
  };
  return { field, read, empty: draftOf(field, {}) };
}

/** Options for each task that have no default. */
const NEEDED: Record<string, object> = {
  importEncoder: { file: "a.ckpt", imageRange: [0, 1] },
  importOnnx: { encoder: "a", decoder: "b" },
  encode: { encoder: "encoder-1", dataset: "d", splits: ["val"] },
  trainProbe: { codes: "codes-1", probe: { svm: { c: 2, crossValidation: { values: [1, 2] } } } },
  grade: { probe: "p", dataset: "d", indices: [4, 2] },
  interpolate: { probe: "p", dataset: "d", toIndex: 3 },
  trainEncoder: {
    dataset: "d",
    encoder: { dae: { steps: 7, config: { pool: 4 }, augment: { rotate: 3 } } },
  },
};

Deno.test("the form of every task gives back the options that were filled into it", async () => {
  await using builtins = await Host.boot(await loadPlugins([BUILTINS]));
  await using toys = await Host.boot(await loadPlugins(VIEWS));
  let filled = 0;
  for (const host of [builtins, toys]) {
    for (const task of host.members(tasks)) {
      const type = task.options(host);
      const { read, field } = form(type);
      const wanted = NEEDED[task.name] ?? { probe: "p", dataset: "d", codes: "c", model: "m" };
      const keys = Object.keys(schemaOf(type).properties ?? {});
      const known = Object.fromEntries(
        Object.entries(wanted).filter(([key]) => keys.includes(key)),
      );
      const parsed = type.safeParse(known);
      if (!parsed.success) continue;
      filled++;
      const { value, wrong } = read(draftOf(field, parsed.data));
      assertEquals(wrong, [], task.name);
      assertEquals(type.parse(value), parsed.data, task.name);
    }
  }
  assert(filled >= 15, `only ${filled} tasks`);
});

Deno.test("an empty form leaves everything to the defaults", () => {
  const type = z.strictObject({
    count: z.int().default(3),
    mode: z.enum(["a", "b"]).optional(),
    noisy: z.boolean().default(true),
    range: z.tuple([z.number(), z.number()]).optional(),
    group: z.strictObject({ steps: z.int().default(1) }).optional(),
    list: z.array(z.strictObject({ r: z.number() })).optional(),
  });
  const { read, empty } = form(type);
  assertEquals(read(empty), { value: {}, wrong: [] });
});

Deno.test("text becomes numbers, lists and JSON; what is no number says what was expected", () => {
  const type = z.strictObject({
    count: z.int().min(1).max(9),
    rates: z.array(z.number()),
    names: z.array(z.string()),
    extra: z.record(z.string(), z.unknown()),
    size: z.number().nullable(),
  });
  const { read, empty } = form(type);
  const fill = (values: Record<string, string>) =>
    Object.entries(values).reduce((draft, [key, text]) => withPart(draft, key, text), empty);
  const good = { count: " 4 ", rates: "1, 2e-3 3", names: "a b, c", extra: '{"x":[1]}', size: "2" };
  assertEquals(read(fill(good)), {
    value: { count: 4, rates: [1, 0.002, 3], names: ["a b", "c"], extra: { x: [1] }, size: 2 },
    wrong: [],
  });
  const bad = { count: "10", rates: "1, x", names: "", extra: "{", size: "1" };
  assertEquals(
    read(fill(bad)).wrong.map(({ path, message }) => `${path}: ${message}`),
    [
      "count: Expected 1 to 9, not 10",
      "rates: Expected a number, not “x”",
      "names: Expected a value",
      'extra: Expected JSON, as {"name": 1}',
    ],
  );
  assertEquals(
    read(fill({ ...good, count: "1.5" })).wrong[0].message.slice(0, 23),
    "Expected a whole number",
  );
});

Deno.test("what equals a default is left empty, and limits that are open leave their end out", () => {
  const type = z.strictObject({ count: z.int().default(3), mode: z.enum(["a", "b"]).default("a") });
  const { field, empty } = form(type);
  assertEquals(draftOf(field, type.parse({})), empty);
  assertEquals(draftOf(field, { count: 4 }), { count: "4", mode: "" });
  const open = form(z.strictObject({ share: z.number().gt(0).lt(1) }));
  const wrong = (text: string) => open.read(withPart(open.empty, "share", text)).wrong.length;
  assertEquals(["0", "0.1", "1"].map(wrong), [1, 0, 1]);
});

Deno.test("an error goes to the field that its path names, or to the nearest around it", () => {
  const type = z.strictObject({
    probe: z.strictObject({ flat: z.strictObject({ c: z.number().default(1) }).optional() })
      .meta({ oneOf: "probes" }),
    targets: z.array(z.number()),
    folded: z.strictObject({ deep: z.number().default(1) }).optional(),
  });
  const { field, empty } = form(type);
  const paths = new Set(pathsOf(field, empty));
  const at = (...path: string[]) =>
    Object.keys(placed([{ path, message: "wrong" }], (one) => paths.has(one)))[0];
  assertEquals(at("probe", "flat", "c"), "probe.flat.c");
  assertEquals(at("probe", "other"), "probe");
  assertEquals(at("targets", "3"), "targets");
  assertEquals(at("folded", "deep"), "folded");
  assertEquals(at("elsewhere"), "");
});

Deno.test("ids are recognized by their name or their mark, limits are said in words", () => {
  const type = z.strictObject({
    dataset: z.string(),
    second: z.string().meta({ artifact: "map" }),
    encoder: z.enum(["dae"]),
    title: z.string(),
  });
  const { field } = form(type);
  const parts = (field as Field & { kind: "object" }).parts;
  assertEquals(
    parts.map((part) => part.kind === "reference" ? part.to : part.kind),
    ["dataset", "map", "option", "text"],
  );
  assertEquals(wordsOf({ least: 1, most: 1024 }), "1 to 1,024");
  assertEquals(wordsOf({ above: 0, below: 1 }), "more than 0, less than 1");
  assertEquals(wordsOf({ least: 0, most: 2 ** 53 - 1 }), "at least 0");
});

browserTest(
  "a task of a third party is started from its form; what is wrong is said at its field",
  () =>
    withPage(async (page, server) => {
      await page.getByRole("link", { name: "takeShapes" }).press("Enter");
      await page.getByRole("button", { name: "Start" }).press("Enter");
      await page.getByText("Choose one", { exact: true }).first().waitFor();
      await page.getByLabel("Dataset").and(page.locator(":focus")).waitFor();
      await page.getByLabel("Dataset").selectOption("bars");
      await page.getByLabel("Model").selectOption({ index: 1 });
      await page.getByText(/more options/).press("Enter");
      await page.getByLabel("Count").fill("12");
      await page.getByRole("button", { name: "Start" }).click();
      await page.getByText("Expected 1 to 9, not 12").waitFor();
      // What only the task itself knows comes back with the path of its option.
      await page.getByLabel("Count").fill("4");
      await page.getByLabel("Probe", { exact: true }).selectOption("flat");
      await page.locator('[id$="-probe.flat.c"]').fill("-2");
      await page.getByRole("button", { name: "Start" }).click();
      await page.getByText("Expected more than 0, not -2").waitFor();
      await page.locator('[id$="-probe.flat.c"]').fill("2");
      await page.getByLabel("Sampler").check();
      await page.getByRole("group", { name: "Rings" }).getByRole("button", { name: "Add" }).click();
      await page.getByLabel("Radius").fill("1.5");
      await page.getByLabel("Extra").fill("3");
      await page.getByRole("button", { name: "Start" }).click();
      await page.locator('[id$="extra-error"]').waitFor();
      assertStringIncludes(
        await page.locator('[id$="extra-error"]').innerText(),
        "expected record",
      );
      await page.getByLabel("Extra").fill('{"a": 1}');
      await page.getByLabel("Seed").fill("5");
      await page.getByRole("button", { name: "Start" }).click();
      await page.locator('.detail-job .state[data-state="done"]').waitFor();
      const { jobs } = await ask(
        server.url,
        '{ jobs(task: "takeShapes") { nodes { seed options } } }',
      );
      const [{ seed, options }] = jobs.nodes;
      assertEquals([seed, options.count, options.dataset], [5, 4, "bars"]);
      assertEquals(options.probe, { flat: { c: 2 } });
      assertEquals([options.sampler, options.rings], [{ steps: 20 }, [{
        radius: 1.5,
        solid: false,
      }]]);
      assertEquals(options.extra, { a: 1 });
      // The same once more, with one option changed.
      await page.getByRole("link", { name: "Change options" }).click();
      assertEquals(await page.getByLabel("Count").inputValue(), "4");
      assertEquals(await page.getByLabel("Seed").inputValue(), "5");
    }, { plugins: VIEWS, address: "view=jobs&show=start" }),
);
