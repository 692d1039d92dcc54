/** The example of a client, against a server on a real port. */

import { builtins } from "@countergrade/countergrade/plugins";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { ask, followPath, newestProbe } from "../../examples/graphql_client.ts";
import { discPath, openLab, writeDiscs } from "../../examples/own_dataset.ts";
import { serve } from "../../server/main.ts";

Deno.test("the example client follows a path from its start to its frames", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await writeDiscs(folder);
    {
      await using lab = await openLab(folder, builtins);
      await discPath(lab, 2);
    }
    await using server = await serve({
      port: 0,
      host: "127.0.0.1",
      home: `${folder}/home`,
      data: folder,
    });
    const { url } = server;
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
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
