/** The example of a family: it is in the API and on the command line, though nothing there knows of it. */

import { Host, tasks } from "@countergrade/countergrade";
import { builtins } from "@countergrade/countergrade/plugins";
import { memoryJob } from "@countergrade/countergrade/testing";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { printSchema } from "graphql";
import { z } from "zod";
import plugin, { reports } from "../../examples/custom_family.ts";
import { createSchema } from "../../server/schema/schema.ts";
import { countergrade } from "../document_commands.ts";

Deno.test("the family's task is a mutation, its members a choice with their options", async () => {
  await using host = await Host.boot([...builtins, plugin]);
  const schema = printSchema(createSchema(host, host.members(tasks)));
  assertStringIncludes(schema, "  writeReport(");
  assertStringIncludes(schema, "input ReportChoice @oneOf {");
  assertStringIncludes(schema, "digits: Int = 1");
});

Deno.test("the family's task is a command, and its members are listed", async () => {
  const plugins = ["--plugins", "builtins,examples/custom_family.ts"];
  const help = await countergrade([...plugins, "write-report", "--help"]);
  assertEquals([help.code, help.stderr], [0, ""]);
  assertStringIncludes(help.stdout, "--report NAME|JSON");
  assertStringIncludes(help.stdout, "--digits N");
  const list = await countergrade([...plugins, "plugin", "list"]);
  assertStringIncludes(list.stdout, "path-reports 1.0.0");
  assertStringIncludes(list.stdout, "  reports: table, A table with one row per frame");
});

Deno.test("another plugin adds a member, and names in a report cannot become markup", async () => {
  await using host = await Host.boot([plugin, {
    id: "short-report",
    version: "1.0.0",
    apiVersion: "^1",
    setup: (registry) =>
      registry.add(reports, {
        name: "short",
        description: "The number of frames",
        options: z.strictObject({}),
        write: ({ frames }) => `<p>${frames.length} frames`,
      }),
  }]);
  const before = memoryJob(host);
  const json = JSON.stringify({
    dataset: "<b>",
    image: '"i"',
    scale: { type: "ordinal", names: ["<i>"] },
    frames: [{ targetGrade: 0, latentGrade: 0.04, imageGrade: 1 }],
  });
  const files = { "path.json": new TextEncoder().encode(json), "frame-0.png": Uint8Array.of(1) };
  const path = await before.save("path", files, { title: "A path" }, []);
  const text = async (report?: unknown) => {
    const job = memoryJob(host, { after: before });
    const task = host.member(tasks, "writeReport");
    const result = await task.run(task.options(host).parse({ path: path.id, report }), job) as {
      report: string;
    };
    const bytes = await job.read(await job.load("report", result.report), "report.html");
    return new TextDecoder().decode(bytes);
  };
  assertEquals(await text({ short: {} }), "<p>1 frames");
  const page = await text();
  assertStringIncludes(page, "<h1>&lt;b>, &quot;i&quot;</h1>");
  assertStringIncludes(page, '<img src="data:image/png;base64,AQ==" alt="Grade &lt;i>">');
  assertStringIncludes(page, "<td>0.0<td>1.0</tr>");
});
