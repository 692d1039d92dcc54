/** Tables, as spreadsheets write them and as attackers do. */

import { FormatError, Random } from "@countergrade/countergrade";
import { columnNamed, readTable } from "@countergrade/countergrade/formats";
import { assertEquals, assertThrows } from "@std/assert";
import { mutated } from "../../mutate.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("readTable() reads commas, tabs and semicolons, quotes and line ends of all kinds", () => {
  const expected = { columns: ["path", "grade"], rows: [["a, b.png", "2"], ['"x".png', "0"]] };
  for (
    const text of [
      'path,grade\n"a, b.png",2\n"""x"".png",0\n',
      'path,grade\r\n"a, b.png",2\r\n\r\n"""x"".png",0',
      'path\tgrade\na, b.png\t2\n"""x"".png"\t0\n',
      'path;grade\na, b.png;2\n"""x"".png";0\n',
      '\ufeffpath , grade\n"a, b.png", 2\n"""x"".png",0\n',
    ]
  ) assertEquals(readTable(bytes(text)), expected, JSON.stringify(text));
});

Deno.test("readTable() says what is wrong and where", () => {
  const cases: [Uint8Array, string][] = [
    [bytes(""), "no header row"],
    [bytes("path,grade\na.png\n"), "line 2"],
    [bytes('path,grade\n"a.png,1\n'), "Quote Not Closed"],
    [bytes("path,path\na,b\n"), 'the column "path" occurs twice'],
    [Uint8Array.of(0x70, 0xff, 0, 0xfe), "it is no text"],
    [bytes(`path,grade\n"${"x".repeat(200_000)}",1\n`), "Max Record Size"],
  ];
  for (const [file, text] of cases) assertThrows(() => readTable(file), FormatError, text);
});

Deno.test("columnNamed() does not mind case, spaces, dashes and underscores", () => {
  const table = { columns: ["IVD label", "new_file_name"], rows: [] };
  assertEquals(columnNamed(table, ["ivd_label"]), 0);
  assertEquals(columnNamed(table, ["x", "New File Name"]), 1);
  assertEquals(columnNamed(table, ["label"]), -1);
});

Deno.test("2,000 damaged tables give a table or a FormatError", () => {
  const file = bytes('path,grade,patient\n"a, b.png",2,"x"\r\nbild ä.png,0,y\n"c""d.png",1,z\n');
  const random = new Random(0);
  for (let i = 0; i < 2_000; i++) {
    try {
      const { columns, rows } = readTable(mutated(file, random));
      assertEquals(rows.every((row) => row.length === columns.length), true);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
    }
  }
});
