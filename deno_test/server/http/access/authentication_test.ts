/** Who comes in: by a key, by a session that it opened, or as anybody where there are no keys. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ApiKeys, newKey } from "../../../../server/http/access/api_keys.ts";
import { Authenticator } from "../../../../server/http/access/authentication.ts";
import { SESSION_LIFE } from "../../../../server/http/access/sessions.ts";

const [alice, bob] = ["alice", "bob"].map((name) => newKey(name, "read,run"));

/** Keys that change when told to. */
function source(...lines: string[]) {
  let changed = () => {};
  const of = {
    keys: ApiKeys.parse(lines.join("\n")),
    onChange: (listener: () => void) => void (changed = listener),
    become(...lines: string[]) {
      of.keys = ApiKeys.parse(lines.join("\n"));
      changed();
    },
  };
  return of;
}

const request = (headers: HeadersInit = {}, method = "POST") =>
  new Request("http://localhost/session", { method, headers });
const bearer = ({ secret }: { secret: string }) => ({ authorization: `Bearer ${secret}` });
const cookieOf = (response: Response) => response.headers.get("set-cookie")!.split(";")[0];

Deno.test("without keys everybody may do everything, and is told apart by the address", () => {
  const open = new Authenticator();
  assertEquals(open.wantsKeys, false);
  const caller = open.callerOf(request(bearer(alice)), "1.2.3.4")!;
  assertEquals([caller.name, [...caller.scopes]], ["address:1.2.3.4", ["read", "run", "admin"]]);
  assertEquals(open.respondWithSession(request(bearer(alice))).status, 404);
});

Deno.test("a key stands in the header, written as it may be; a wrong one is not made up for by a cookie", () => {
  const access = new Authenticator(source(alice.line, bob.line));
  assertEquals(access.wantsKeys, true);
  const nameOf = (headers: HeadersInit) => access.callerOf(request(headers), "1.2.3.4")?.name;
  assertEquals(nameOf(bearer(alice)), "key:alice");
  assertEquals(nameOf({ authorization: `bearer   ${bob.secret}` }), "key:bob");
  const cookie = cookieOf(access.respondWithSession(request(bearer(alice))));
  assertEquals(nameOf({ cookie: `other=1; ${cookie}; more=2` }), "key:alice");
  const wrong: HeadersInit[] = [
    {},
    { authorization: alice.secret },
    { authorization: `Basic ${alice.secret}` },
    { authorization: `Bearer ${alice.secret} x` },
    { authorization: "Bearer ", cookie },
    { ...bearer({ secret: "wrong" }), cookie },
    { cookie: `x${cookie}` },
    { cookie: cookie.slice(0, -1) },
  ];
  for (const headers of wrong) assertEquals(nameOf(headers), undefined, JSON.stringify(headers));
});

Deno.test("a session is opened by a key and ended by its cookie, which only this server gets", () => {
  const access = new Authenticator(source(alice.line));
  const opened = access.respondWithSession(request(bearer(alice)), "/cg");
  assertEquals(opened.status, 204);
  const [cookie, ...attributes] = opened.headers.get("set-cookie")!.split("; ");
  assertEquals(attributes, [`Max-Age=${SESSION_LIFE}`, "Path=/cg/", "HttpOnly", "SameSite=Strict"]);
  assertEquals(access.callerOf(request({ cookie }), "")?.name, "key:alice");
  const behind = { ...bearer(alice), "x-forwarded-proto": "https" };
  const secure = access.respondWithSession(request(behind)).headers.get("set-cookie")!;
  assert(secure.endsWith("; Path=/; HttpOnly; SameSite=Strict; Secure"), secure);
  const ended = access.respondWithSession(request({ cookie }, "DELETE"), "/cg");
  assertEquals(ended.status, 204);
  assertStringIncludes(ended.headers.get("set-cookie")!, "countergrade_session=; Max-Age=0; ");
  assertEquals(access.callerOf(request({ cookie }), ""), undefined);
  assertEquals(access.callerOf(request({ cookie: cookieOf(ended) }), ""), undefined);
});

Deno.test("no session without a key, nor by another method", async () => {
  const access = new Authenticator(source(alice.line));
  for (const headers of [{}, bearer({ secret: "wrong" })]) {
    const refused = access.respondWithSession(request(headers));
    assertEquals([refused.status, refused.headers.get("set-cookie")], [401, null]);
    assertEquals(refused.headers.get("www-authenticate"), "Bearer");
    assertEquals((await refused.json()).errors[0].extensions.code, "UNAUTHENTICATED");
  }
  const get = access.respondWithSession(request(bearer(alice), "GET"));
  assertEquals([get.status, get.headers.get("allow")], [405, "POST, DELETE"]);
});

Deno.test("what goes on for a key ends when the key goes, changes or allows less, and for no other", () => {
  const changes: [what: string, line: string, ends: boolean][] = [
    ["gone", "", true],
    ["another secret", newKey("alice", "read,run").line, true],
    ["fewer scopes", alice.line.replace("read,run", "read"), true],
    ["more scopes", alice.line.replace("read,run", "read,run,admin"), false],
    ["as it was", alice.line, false],
  ];
  for (const [what, line, ends] of changes) {
    const keys = source(alice.line, bob.line);
    const access = new Authenticator(keys);
    const signal = (of: { secret: string }) => access.callerOf(request(bearer(of)), "")?.ended;
    const [first, other] = [signal(alice)!, signal(bob)!];
    assertEquals(signal(alice), first);
    keys.become(line, bob.line);
    assertEquals([first.aborted, other.aborted], [ends, false], what);
    // Who comes in with the key from now on is not ended by that.
    keys.become(alice.line, bob.line);
    assertEquals(signal(alice)!.aborted, false, what);
  }
});
