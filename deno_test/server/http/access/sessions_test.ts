/** Sessions: tokens that end with their key, their time, or when somebody logs out. */

import { DatabaseSync } from "node:sqlite";
import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { ApiKeys, newKey } from "../../../../server/http/access/api_keys.ts";
import { Sessions } from "../../../../server/http/access/sessions.ts";

const line = newKey("alice", "read,run").line;
const keys = ApiKeys.parse(line);
const alice = keys.named("alice")!;

Deno.test("a session lasts a week, survives a restart, and ends alone", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/sessions.db`;
  let now = 1e12;
  const clock = () => now;
  let tokens: string[];
  {
    using sessions = new Sessions(path, clock);
    tokens = [sessions.begin(alice), sessions.begin(alice)];
  }
  using sessions = new Sessions(path, clock);
  const known = () => tokens.map((token) => sessions.keyOf(token, keys)?.name);
  assertEquals(known(), ["alice", "alice"]);
  sessions.end(tokens[0]);
  sessions.end("none");
  assertEquals(known(), [undefined, "alice"]);
  now += 7 * 24 * 3600e3 - 1000;
  assertEquals(known(), [undefined, "alice"]);
  now += 1000;
  assertEquals(known(), [undefined, undefined]);
  // Whoever comes next sweeps out what has ended, and only that.
  const next = sessions.begin(alice);
  using file = new DatabaseSync(path);
  assertEquals(file.prepare("SELECT count(*) AS open FROM sessions").get(), { open: 1 });
  assertEquals(sessions.keyOf(next, keys)?.name, "alice");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a session is of one key: another by its name does not take it over", () => {
  const sessions = new Sessions(":memory:");
  const token = sessions.begin(alice);
  assertMatch(token, /^[0-9a-f]{64}$/);
  const changed = ApiKeys.parse(newKey("alice", "read,run,admin").line);
  assertEquals(sessions.keyOf(token, changed), undefined);
  assertEquals(sessions.keyOf(token, new ApiKeys([])), undefined);
  assertEquals(sessions.keyOf(token, keys), alice);
  for (const odd of ["", "'", token.slice(1), token.toUpperCase()]) {
    assertEquals(sessions.keyOf(odd, keys), undefined);
  }
  sessions[Symbol.dispose]();
  assertThrows(() => sessions.keyOf(token, keys));
});

Deno.test("sessions lie in a file that only their owner reads", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/sessions.db`;
  {
    using sessions = await Sessions.open(path);
    assertEquals(sessions.keyOf(sessions.begin(alice), keys)?.name, "alice");
  }
  if (Deno.build.os !== "windows") {
    assertEquals((await Deno.stat(path)).mode! & 0o777, 0o600);
  }
  await Deno.remove(folder, { recursive: true });
});
