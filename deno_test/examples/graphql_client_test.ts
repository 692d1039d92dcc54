/** The example of a client, against a server on a real port. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { ask, followPath, newestProbe } from "../../examples/graphql_client.ts";
import { withDiscServer } from "./disc_server.ts";

Deno.test("the example client follows a path from its start to its frames", () =>
  withDiscServer(async (url) => {
    const chosen = await newestProbe(url);
    assertEquals(chosen.dataset, "discs");

    const input = { ...chosen, split: "val", index: 1, targets: [0, 0.5, 2] };
    const events = (await Array.fromAsync(followPath(url, input))).map((event) =>
      event.counterfactualPath
    );
    assertEquals(events.map(({ number }) => number), events.map((_, i) => i + 1));
    assertEquals([events[0].type, events.at(-1)!.type], ["Started", "Done"]);
    const frames = events.flatMap(({ frame }) => frame ? [frame] : []);
    assertEquals(frames.map(({ targetGrade }) => targetGrade), [0, 0.5, 2]);
    const picture = await fetch(new URL(frames[1].image.url, url));
    assertEquals(picture.headers.get("content-type"), "image/png");
    assert((await picture.bytes()).length > 50);

    await assertRejects(() => ask(url, "{ nothing }"), Error, "nothing");
  }));
