/** Titles that are changed, artifacts that are deleted with their files, and lists that are narrowed down. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { newKey } from "../../../../server/http/access/api_keys.ts";
import { ApiKeys } from "../../../../server/http/access/api_keys.ts";
import { Authenticator } from "../../../../server/http/access/authentication.ts";
import { post, streamOf, type ToyServer, withToyServer } from "../../toy_server.ts";

const keys = {
  alice: newKey("alice", "read,run"),
  bob: newKey("bob", "read,run"),
  admin: newKey("admin", "read,run,admin"),
};
type Name = keyof typeof keys;
const lines = Object.values(keys).map(({ line }) => line).join("\n");
const authenticator = new Authenticator({ keys: ApiKeys.parse(lines) });

/** Runs a task by a subscription and returns the ids of what it stored. */
async function made(server: ToyServer, call: string, headers = {}): Promise<string[]> {
  const stream = streamOf(
    await server.app.fetch(
      post(
        `subscription { event: ${call} { ... on Done { job { artifacts { id } } } } }`,
        {},
        { accept: "text/event-stream", ...headers },
      ),
    ),
  );
  const { job } = (await stream.rest()).at(-1) as unknown as {
    job: { artifacts: { id: string }[] };
  };
  return job.artifacts.map(({ id }) => id);
}

const REMOVE =
  "mutation($id: ID!) { deleteArtifact(id: $id) { deletedId errors { code message } } }";

Deno.test("a path is deleted with its pictures and previews; asked for again it is computed anew", () =>
  withToyServer(async (server) => {
    const [, probe] = await made(server, "makeModel");
    const call = `counterfactualPath(input: { probe: "${probe}", dataset: "bars", delay: 0 })`;
    const [path] = await made(server, call);
    const { data } = await server.ask(`{
      counterfactualPath(id: "${path}") { files { url } frames { image { url } } }
      jobs(task: "counterfactualPath") { nodes { events(first: 100) { nodes { ... on Preview { image { url } } } } } }
    }`);
    const { files, frames } = data.counterfactualPath;
    const previews = data.jobs.nodes[0].events.nodes.filter(({ image }: { image?: object }) =>
      image
    );
    assert(previews.length > 0);
    const shown = [...files, ...[...frames, ...previews].map(({ image }) => image)];
    const statuses = async () => {
      const answers = await Promise.all(
        shown.map(({ url }) => server.app.fetch(new Request(`http://localhost${url}`))),
      );
      await Promise.all(answers.map(({ body }) => body?.cancel()));
      return [...new Set(answers.map(({ status }) => status))];
    };
    assertEquals(await statuses(), [200]);
    const removed = await server.ask(REMOVE, { id: path });
    assertEquals(removed.data.deleteArtifact, { deletedId: path, errors: [] });
    assertEquals(await statuses(), [404]);
    const gone = await server.ask(`{ node(id: "${path}") { id } paths { totalCount } }`);
    assertEquals(gone.data, { node: null, paths: { totalCount: 0 } });
    assertEquals(await made(server, call), [path]);
    assertEquals(await statuses(), [200]);
  }));

Deno.test("what something else was made from stays, and says what that is", () =>
  withToyServer(async (server) => {
    const [encoder, probe] = await made(server, "makeModel");
    const refused = (await server.ask(REMOVE, { id: encoder })).data.deleteArtifact;
    assertEquals([refused.deletedId, refused.errors[0].code], [null, "CONFLICT"]);
    assertStringIncludes(refused.errors[0].message, probe);
    assertEquals((await server.ask(REMOVE, { id: probe })).data.deleteArtifact.errors, []);
    assertEquals((await server.ask(REMOVE, { id: encoder })).data.deleteArtifact.errors, []);
    const unknown = (await server.ask(REMOVE, { id: encoder })).data.deleteArtifact;
    assertEquals(unknown.errors[0].code, "NOT_FOUND");
  }));

Deno.test("a title is changed, without what acts on terminals and pages; an empty one is refused", () =>
  withToyServer(async (server) => {
    const [, probe] = await made(server, "makeModel");
    const rename = async (title: string) =>
      (await server.ask(
        `mutation($id: ID!, $title: String!) {
          renameArtifact(id: $id, title: $title) { artifact { id title } errors { code path } } }`,
        { id: probe, title },
      )).data.renameArtifact;
    assertEquals(await rename("  My\u202e probe "), {
      artifact: { id: probe, title: "My probe" },
      errors: [],
    });
    for (const title of [" ", "x".repeat(201)]) {
      assertEquals(await rename(title), {
        artifact: null,
        errors: [{ code: "BAD_INPUT", path: ["title"] }],
      });
    }
    assertEquals(
      (await server.ask(`{ probe(id: "${probe}") { title } }`)).data.probe.title,
      "My probe",
    );
  }));

Deno.test("with keys only one's own is deleted; what another has made too stays theirs", () =>
  withToyServer(async (server) => {
    const bearer = (name: Name) => ({ authorization: `Bearer ${keys[name].secret}` });
    const remove = async (name: Name, id: string) =>
      (await (await server.app.fetch(post(REMOVE, { id }, bearer(name)))).json()).data
        .deleteArtifact;
    const sees = async (name: Name, id: string) =>
      (await (await server.app.fetch(post(`{ node(id: "${id}") { id } }`, {}, bearer(name))))
        .json())
        .data.node !== null;
    const [, probe] = await made(server, "makeModel", bearer("alice"));
    assertEquals((await remove("bob", probe)).errors[0].code, "NOT_FOUND");
    await made(server, "makeModel", bearer("bob"));
    assertEquals((await remove("alice", probe)).errors, []);
    assertEquals([await sees("alice", probe), await sees("bob", probe)], [false, true]);
    assertEquals((await remove("admin", probe)).errors, []);
    assertEquals(await sees("bob", probe), false);
  }, { authenticator }));

Deno.test("lists are narrowed down by data set, model, text and time, and count what is left", () =>
  withToyServer(async (server) => {
    const [encoder, probe] = await made(server, "makeModel");
    await made(server, 'makeModel(input: { title: "Knee 100%_" })');
    await made(server, "countUp");
    const count = async (list: string, variables = {}) => {
      const { data, errors } = await server.ask(
        `{ list: ${list} { totalCount nodes { id } } }`,
        variables,
      );
      assertEquals(errors, undefined);
      assertEquals(data.list.totalCount, data.list.nodes.length);
      return data.list.totalCount;
    };
    assertEquals(await count("probes"), 2);
    assertEquals(await count('probes(text: "KNEE 100%_")'), 1);
    assertEquals(await count('probes(text: "knee_")'), 0);
    assertEquals(await count(`probes(text: "${probe.toUpperCase()}")`), 1);
    assertEquals(await count(`probes(encoder: "${encoder}")`), 1);
    assertEquals(await count('probes(encoder: "none")'), 0);
    assertEquals(await count('artifacts(kind: "probe", dataset: "bars")'), 2);
    assertEquals(await count('artifacts(dataset: "others")'), 0);
    assertEquals(await count('jobs(task: "makeModel", text: "knee")'), 1);
    assertEquals(await count("jobs(state: DONE)"), 3);
    assertEquals(await count('jobs(since: "2000-01-01T00:00:00+02:00")'), 3);
    assertEquals(await count('jobs(until: "2000-01-01T00:00:00Z")'), 0);
    const wrong = await server.ask('{ jobs(since: "yesterday") { totalCount } }');
    assertStringIncludes(wrong.errors![0].message, "2026-01-31T12:00:00Z");
  }));
