/** Keys: made once, known by their hash, read from lines that are checked. */

import { FormatError } from "@countergrade/countergrade";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { ApiKeys, newKey } from "../../../../server/http/access/api_keys.ts";
import { main } from "../../../../server/cli/main.ts";

Deno.test("a new key is found by its secret, and its line does not tell the secret", () => {
  const { secret, line } = newKey("alice", "read,run");
  const other = newKey("bob", "admin");
  const keys = ApiKeys.parse(`# ours\n\n  ${line}  \n${other.line}\n`);
  assertEquals(keys.find(secret)?.name, "alice");
  assertEquals([...keys.find(secret)!.scopes], ["read", "run"]);
  assertEquals(keys.find(other.secret)?.name, "bob");
  for (const wrong of ["", secret.slice(0, -1), `${secret} `, line.split(" ")[2]]) {
    assertEquals(keys.find(wrong), undefined);
  }
  assert(!line.includes(secret.slice(3)) && secret.length > 40);
  assert(newKey("alice", "read").secret !== newKey("alice", "read").secret);
});

Deno.test("lines that are no keys are errors with the number of the line", () => {
  const { line } = newKey("a", "read");
  const hash = line.split(" ")[2];
  const cases: [text: string, says: string][] = [
    [`${line}\n${line}`, "line 2: the name a is taken"],
    [`a read`, 'expected a SHA-256 of 64 digits, it is ""'],
    [`a read ${hash}0`, "expected a SHA-256"],
    [`a write ${hash}`, 'not "write"'],
    [`a read,,run ${hash}`, 'not ""'],
    [`a read ${hash} x`, "expected a name, scopes and a hash"],
    [`ä read ${hash}`, "expected a name"],
  ];
  for (const [text, says] of cases) {
    assertStringIncludes(assertThrows(() => ApiKeys.parse(text), FormatError).message, says);
  }
  assertThrows(() => newKey("a b", "read"), FormatError, "letters");
  assertThrows(() => newKey("a", "everything"), FormatError, "everything");
});

Deno.test("a file without keys, or none at all, is a clear error", async () => {
  const path = await Deno.makeTempFile();
  await Deno.writeTextFile(path, "# nobody\n");
  await assertRejects(() => ApiKeys.read(path), FormatError, "there are none");
  const { secret, line } = newKey("alice", "read");
  await Deno.writeTextFile(path, line);
  const keys = await ApiKeys.read(path);
  assertEquals([keys.size, keys.find(secret)?.name, keys.named("bob")], [1, "alice", undefined]);
  await Deno.remove(path);
  await assertRejects(() => ApiKeys.read(path), Error, "Cannot read the keys in");
});

Deno.test("the command `key new` prints a key and its line", async () => {
  const { error, log } = console;
  const said: string[] = [];
  console.error = console.log = (text: string) => said.push(text);
  try {
    assertEquals(await main(["key", "new", "alice", "--scopes", "read,admin", "--json"]), 0);
    assertEquals(await main(["key", "new"]), 2);
    assertEquals(await main(["key", "new", "alice", "--scopes", "all"]), 2);
    assertEquals(await main(["key", "--help"]), 0);
  } finally {
    Object.assign(console, { error, log });
  }
  const { key, line } = JSON.parse(said[0]);
  assertEquals([...ApiKeys.parse(line).find(key)!.scopes], ["read", "admin"]);
  assertStringIncludes(said[1], "Usage: countergrade key new");
  assertStringIncludes(said[2], "all");
});
