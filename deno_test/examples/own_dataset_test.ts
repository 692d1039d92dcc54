/** The examples of a data set and of a family, end to end: images in, a path out, the path as a page. */

import { decode } from "../../core/formats/png/png.ts";
import { builtins } from "@countergrade/countergrade/plugins";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import reports from "../../examples/custom_family.ts";
import { discPath, openLab, writeDiscs } from "../../examples/own_dataset.ts";

Deno.test("images of one's own become a counterfactual path, and the path a page", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await writeDiscs(folder);
    await using lab = await openLab(folder, [...builtins, reports]);
    const { auc, path } = await discPath(lab, 2);
    assert(Number(auc) >= 0 && Number(auc) <= 1);
    const { width, height } = decode(await lab.read(path.strip));
    assertEquals([width, height], [3 * 16 + 2 * 2, 16]);

    const { page } = await lab.run("writeReport", {
      path: path.path,
      report: { table: { digits: 3 } },
    });
    const text = new TextDecoder().decode(await lab.read(page));
    assertStringIncludes(text, "<h1>discs, val-0</h1>");
    const rows = text.match(/<tr><td><img src="data:image\/png;base64,[\w+/=]+".*<\/tr>/g)!;
    assertEquals(rows.length, 3);
    const frames = path.frames as { latentGrade: number }[];
    assertStringIncludes(rows[2], `<td>${frames[2].latentGrade.toFixed(3)}<td>`);

    await assertRejects(
      () => lab.run("writeReport", { path: path.path, report: { verse: {} } }),
      Error,
      "verse",
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
