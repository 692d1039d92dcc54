/** The command `list`, and models by their names. */

import { assert, assertEquals } from "@std/assert";
import { printed } from "./printed.ts";

Deno.test("list shows stored models with their names, which commands take instead of ids", async () => {
  const home = await Deno.makeTempDir();
  try {
    const asked = async (...args: string[]) => {
      const { code, text } = await printed([...args, "--home", home, "--json"]);
      return { code, told: JSON.parse(text) };
    };
    const { code, told } = await asked("list");
    assertEquals(code, 0);
    const own = told.filter(({ name }: { name?: string }) => name === "vertebra64");
    assertEquals(own.map(({ kind }: { kind: string }) => kind), ["encoder", "probe"]);
    const [probe] = (await asked("list", "probe")).told;
    assert(probe.id.startsWith("probe-"));
    assertEquals((await asked("list", "path")).told, []);
    const grade = (...of: string[]) =>
      asked("grade", "--dataset", "vertebra", "--indices", "0", "--probe", ...of);
    const named = await grade("vertebra64");
    assertEquals(named.told.grades.length, 1, JSON.stringify(named.told));
    assertEquals((await grade(own[1].id)).told, named.told);
    assertEquals((await grade(own[1].title)).told, named.told);
    assertEquals((await grade("knee63")).told.error.code, "NOT_FOUND");
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});
