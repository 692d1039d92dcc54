/** The fields of `countergrade-dataset.json`, and the document that lists them. */

import { FormatError } from "@countergrade/countergrade";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { z } from "zod";
import {
  DescriptionSchema,
  parseDescription,
} from "../../../../plugins/datasets/files/description.ts";

interface Field {
  description?: string;
  default?: unknown;
  enum?: string[];
  properties?: Record<string, Field>;
}

/** A line for each field, those of `columns` with its name before them. */
function linesOf({ properties = {} }: Field, before = ""): string[] {
  return Object.entries(properties).flatMap(([name, field]) => {
    const choice = field.enum ? ` (${field.enum.join(", ")})` : "";
    const line = `- \`${before}${name}\`: ${field.description}${choice}`;
    return [line, ...linesOf(field, `${before}${name}.`)];
  });
}

const schema = z.toJSONSchema(DescriptionSchema, { io: "input" }) as Field;
const plain = (text: string) => text.replaceAll(/\s+/g, " ").replaceAll("\\_", "_");

Deno.test("docs/datasets.md lists every field of the schema in its words, and no other", async () => {
  const text = await Deno.readTextFile(new URL("../../../../docs/datasets.md", import.meta.url));
  const [, listed] = text.split("## countergrade-dataset.json\n");
  const lines = linesOf(schema);
  assert(lines.length > 20);
  assertEquals(plain(listed).trim(), plain(lines.join("\n")));
});

Deno.test("a description that is wrong names the field", () => {
  assertThrows(() => parseDescription("{"), FormatError, "it is not JSON");
  assertThrows(() => parseDescription('{"pathPrefix": 3}'), FormatError, "pathPrefix");
  assertThrows(() => parseDescription('{"columns": {"oneHot": ["a"]}}'), FormatError, "oneHot");
  assertEquals(parseDescription("{}").missing, []);
});
