/** The events of a job for a browser's own EventSource: numbered, taken up where they were, and at an end at last. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { withToyServer } from "../../toy_server.ts";

/** The messages of a stream that ends. */
async function messages(response: Response) {
  const blocks = (await response.text()).split("\n\n").filter((block) => block.includes("data: "));
  return blocks.map((block) => {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(block)?.[1] ?? "";
    return { id: field("id"), data: JSON.parse(field("data")) };
  });
}

Deno.test("events come with their numbers, go on after the last that came, and end for good", () =>
  withToyServer(async ({ app, compute }) => {
    const { id } = await compute.submit("countUp", { steps: 3 });
    const get = (headers = {}, query = "", method = "GET") =>
      app.fetch(new Request(`http://localhost/jobs/${id}/events${query}`, { method, headers }));
    const first = await get({ accept: "text/event-stream" });
    assertEquals(first.headers.get("content-type"), "text/event-stream");
    assertEquals(first.headers.get("x-accel-buffering"), "no");
    const all = await messages(first);
    assertEquals(all.map(({ id }) => Number(id)), all.map((_, i) => i + 1));
    assertEquals(all.map(({ data }) => data.number), all.map((_, i) => i + 1));
    assertEquals([all.at(-2)!.data.type, all.at(-1)!.data.type], ["progress", "done"]);
    assertEquals(await messages(await get({ "last-event-id": "2" })), all.slice(2));
    assertEquals(await messages(await get({}, "?after=3")), all.slice(3));
    const over = await get({ "last-event-id": String(all.length) });
    assertEquals([over.status, await over.text()], [204, ""]);
    const wrong = await get({ "last-event-id": "x" });
    assertEquals(wrong.status, 400);
    assertStringIncludes(await wrong.text(), "number of an event");
    const posted = await get({}, "", "POST");
    assertEquals([posted.status, posted.headers.get("allow")], [405, "GET"]);
    await posted.body!.cancel();
  }));

Deno.test("pictures are addresses, and a job that is not there is not found", () =>
  withToyServer(async ({ app, compute }) => {
    const made = await compute.submit("makeModel", {});
    for await (const _ of compute.watch(made.id));
    const { probe } = (await compute.job(made.id)).result as { probe: string };
    const { id } = await compute.submit("counterfactualPath", { probe, dataset: "bars", delay: 0 });
    const all = await messages(await app.fetch(new Request(`http://localhost/jobs/${id}/events`)));
    const preview = all.find(({ data }) => data.type === "preview")!;
    assert(/^\/blobs\/[0-9a-f]{64}\.png$/.test(preview.data.image), preview.data.image);
    const picture = await app.fetch(new Request(`http://localhost${preview.data.image}`));
    assertEquals(picture.headers.get("content-type"), "image/png");
    await picture.body!.cancel();
    for (const path of ["/jobs/job-0/events", "/jobs/job-0", "/jobs"]) {
      const none = await app.fetch(new Request(`http://localhost${path}`));
      assertEquals(none.status, 404);
      await none.body!.cancel();
    }
  }));
