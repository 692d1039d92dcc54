/** With keys, everybody sees the own and what is shared; those who administer see all. */

import { encode } from "@countergrade/countergrade/formats";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ApiKeys, newKey } from "../../../../server/http/access/api_keys.ts";
import { Authenticator } from "../../../../server/http/access/authentication.ts";
import { post, streamOf, type ToyServer, withToyServer } from "../../toy_server.ts";

const keys = {
  alice: newKey("alice", "read,run"),
  bob: newKey("bob", "read,run"),
  admin: newKey("admin", "read,run,admin"),
};
type Name = keyof typeof keys;
const authenticator = new Authenticator({
  keys: ApiKeys.parse(Object.values(keys).map(({ line }) => line).join("\n")),
});
const bearer = (name: Name) => ({ authorization: `Bearer ${keys[name].secret}` });

async function ask({ app }: ToyServer, name: Name, query: string, variables = {}) {
  return await (await app.fetch(post(query, variables, bearer(name)))).json();
}

const LISTS = `{
  jobs { totalCount nodes { id } } artifacts { totalCount nodes { id } }
  storedImages { nodes { title } } probes { nodes { id } }
}`;

async function seenBy(server: ToyServer, name: Name) {
  const { jobs, artifacts, storedImages } = (await ask(server, name, LISTS)).data;
  assertEquals([jobs.totalCount, artifacts.totalCount], [
    jobs.nodes.length,
    artifacts.nodes.length,
  ]);
  return {
    jobs: jobs.nodes.length,
    artifacts: artifacts.nodes.length,
    titles: storedImages.nodes.map(({ title }: { title: string }) => title),
  };
}

async function upload({ app }: ToyServer, name: Name): Promise<string> {
  const query = "mutation($file: File!) { stored: uploadImage(file: $file) { image { id } } }";
  const form = new FormData();
  form.set("operations", JSON.stringify({ query, variables: { file: null } }));
  form.set("map", JSON.stringify({ 0: ["variables.file"] }));
  const png = encode(new Uint8Array(4), 2, 2, { color: "gray" });
  form.set("0", new File([png], "Mrs Smith.png"));
  const headers = { ...bearer(name), "x-graphql-yoga-csrf": "1" };
  const request = new Request("http://localhost/graphql", { method: "POST", headers, body: form });
  return (await (await app.fetch(request)).json()).data.stored.image.id;
}

async function model(server: ToyServer, name: Name): Promise<{ job: string; probe: string }> {
  const { data: { made } } = await ask(
    server,
    name,
    "mutation { made: makeModel { job { id } } }",
  );
  const query = "subscription($id: ID!) { event: jobEvents(id: $id) { number } }";
  const headers = { ...bearer(name), accept: "text/event-stream" };
  await streamOf(await server.app.fetch(post(query, made.job, headers))).rest();
  const { data: { job } } = await ask(
    server,
    name,
    "query($id: ID!) { job(id: $id) { id ... on MakeModelJob { result { probe { id } } } } }",
    made.job,
  );
  return { job: job.id, probe: job.result.probe.id };
}

Deno.test("the jobs, results and uploads of others are not there, by list, by id or by event", () =>
  withToyServer(async (server) => {
    const image = await upload(server, "alice");
    const { job, probe } = await model(server, "alice");
    const none = { jobs: 0, artifacts: 0, titles: [] };
    const all = { jobs: 1, artifacts: 3, titles: ["Mrs Smith.png"] };
    assertEquals(await seenBy(server, "bob"), none);
    assertEquals([await seenBy(server, "alice"), await seenBy(server, "admin")], [all, all]);

    const query = `query($job: ID!, $probe: ID!, $image: ID!) {
      job(id: $job) { id } probe(id: $probe) { id } storedImage(id: $image) { id }
      a: node(id: $job) { id } b: node(id: $probe) { id } c: node(id: $image) { id }
    }`;
    const found = async (name: Name) =>
      Object.values((await ask(server, name, query, { job, probe, image })).data);
    assertEquals(await found("bob"), Array(6).fill(null));
    assertEquals((await found("alice")).includes(null), false);

    const watch = "subscription($id: ID!) { event: jobEvents(id: $id) { number } }";
    const headers = { ...bearer("bob"), accept: "text/event-stream" };
    const stream = streamOf(await server.app.fetch(post(watch, { id: job }, headers)));
    assertEquals((await stream.next())?.errors?.[0].extensions?.code, "NOT_FOUND");
    const cancel = "mutation($id: ID!) { cancelled: cancelJob(id: $id) { errors { code } } }";
    assertEquals((await ask(server, "bob", cancel, { id: job })).data.cancelled.errors, [
      { code: "NOT_FOUND" },
    ]);
    const grade = `mutation($probe: ID!) {
      started: counterfactualPath(input: { probe: $probe, dataset: "bars" }) {
        job { __typename } errors { code path message } } }`;
    const use = async (name: Name) => (await ask(server, name, grade, { probe })).data.started;
    const { errors: [refused] } = await use("bob");
    assertEquals([refused.code, refused.path], ["NOT_FOUND", ["probe"]]);
    assertEquals((await use("alice")).job.__typename, "CounterfactualPathJob");
  }, { authenticator }));

Deno.test("a file is for those who see an artifact or an event that names it, whoever knows its hash", () =>
  withToyServer(async (server) => {
    const { probe } = await model(server, "alice");
    const variables = { probe };
    const headers = { ...bearer("alice"), accept: "text/event-stream" };
    const events = streamOf(
      await server.app.fetch(post(
        `subscription($probe: ID!) {
          event: counterfactualPath(input: { probe: $probe, dataset: "bars", delay: 0 }) {
            ... on Preview { image { url } }
            ... on PathFrame { frame { image { url } } }
            ... on Done { job { artifacts { id files { url } } } }
          }
        }`,
        variables,
        headers,
      )),
    );
    const told = JSON.stringify(await events.rest());
    const { data } = await ask(
      server,
      "alice",
      "{ paths { nodes { id animation(delay: 70) { url } } } }",
    );
    const [{ id, animation }] = data.paths.nodes;
    const urls = [
      ...new Set([...told.matchAll(/\/blobs\/[\w.]+/g)].map(([url]) => url)),
      animation.url,
    ];
    assert(urls.length > 5);
    const statuses = async (name: Name) => {
      const all = await Promise.all(urls.map(async (url) => {
        const request = new Request(`http://localhost${url}`, { headers: bearer(name) });
        const response = await server.app.fetch(request);
        await response.body?.cancel();
        return response.status;
      }));
      return [...new Set(all)].sort();
    };
    assertEquals([await statuses("alice"), await statuses("admin")], [[200], [200]]);
    assertEquals(await statuses("bob"), [404]);
    const share = "mutation($id: ID!) { share(id: $id) { errors { message } } }";
    await ask(server, "alice", share, { id });
    // The path's own files, not the previews and what alice has made of them.
    assertEquals(await statuses("bob"), [200, 404]);
  }, { authenticator }));

Deno.test("who asks for what another has asked for sees it with its results, though not the other's uploads", () =>
  withToyServer(async (server) => {
    await upload(server, "alice");
    const first = await model(server, "alice");
    assertEquals(await model(server, "bob"), first);
    assertEquals(await seenBy(server, "bob"), { jobs: 1, artifacts: 2, titles: [] });
  }, { authenticator }));

Deno.test("what is shared is seen by all, until that is taken back; only one's own can be shared", () =>
  withToyServer(async (server) => {
    const image = await upload(server, "alice");
    const { job } = await model(server, "alice");
    const share = (name: Name, id: string, shared = true) =>
      ask(
        server,
        name,
        `mutation($id: ID!, $shared: Boolean) {
          share(id: $id, shared: $shared) { node { id } errors { code message } } }`,
        { id, shared },
      ).then(({ data }) => data.share);
    assertEquals((await share("bob", image)).errors[0].code, "NOT_FOUND");
    assertEquals(await share("alice", image), { node: { id: image }, errors: [] });
    assertEquals(await share("alice", job), { node: { id: job }, errors: [] });
    assertEquals(await seenBy(server, "bob"), { jobs: 1, artifacts: 3, titles: ["Mrs Smith.png"] });
    const refused = await share("bob", image, false);
    assertEquals([refused.node, refused.errors[0].code], [null, "FORBIDDEN"]);
    assertStringIncludes(refused.errors[0].message, "another's");
    const { data } = await ask(
      server,
      "bob",
      `{ node(id: "${image}") { ... on Artifact { shared } } }`,
    );
    assertEquals(data.node.shared, true);
    assertEquals((await share("admin", image, false)).errors, []);
    assertEquals((await seenBy(server, "bob")).titles, []);
    assertEquals((await seenBy(server, "alice")).titles, ["Mrs Smith.png"]);
  }, { authenticator }));

Deno.test("without keys everybody sees everything", () =>
  withToyServer(async (server) => {
    await upload(server, "alice");
    const { data } = await server.ask("{ storedImages { totalCount } }");
    assertEquals(data.storedImages.totalCount, 1);
  }));
