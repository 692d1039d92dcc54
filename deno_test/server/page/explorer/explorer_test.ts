/** The explorer in a real browser: one's own image, the slider, the methods of a path, downloads, a server that is killed. */

import { Buffer } from "node:buffer";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { tensor } from "@countergrade/countergrade";
import { toPng } from "@countergrade/countergrade/images";
import type { Page, Route } from "playwright-core";
import { TOYS } from "../../toy_server.ts";
import { ask, browserTest, makeModel, withPage, withWindow } from "../browser.ts";

const DONE = '.strip[aria-busy="false"]';

/** The frames on the stage, on top of each other. */
const FRAME = ".large .picture > .fade img";

/** A picture of one's own, with a gradient. */
const OWN = toPng(
  tensor([1, 1, 20, 20], Array.from({ length: 400 }, (_, i) => i / 200 - 1)),
  0,
);

browserTest(
  "an image that is dropped becomes a path: live, along the slider, to files",
  () =>
    withPage(async (page, server) => {
      await page.waitForSelector(DONE);
      await drop(page, "my knee.png", OWN);
      await page.waitForSelector("h2:has-text('my knee.png')");
      await page.waitForSelector(".large .preview");
      await page.waitForSelector(DONE);
      const image = new URLSearchParams(page.url().split("#")[1]).get("image");
      const { node } = await ask(
        server.url,
        "query($id: ID!) { node(id: $id) { ... on StoredImage { width image { url } } } }",
        { id: image },
      );
      assertEquals(node.width, 20);
      assertEquals(await page.locator(".sources img").first().getAttribute("src"), node.image.url);

      await page.focus(".along");
      await page.keyboard.press("Home");
      await page.keyboard.press("ArrowRight");
      await page.waitForSelector(".verdict .target:has-text('1 mild')");
      await page.waitForSelector(`${FRAME}:nth-child(2)[style="opacity: 1;"]`);
      assertEquals(await opacities(page), [0, 1, 0, 0]);
      // A finger rests between two frames.
      await page.locator(".along").evaluate((slider) => {
        (slider as unknown as { value: string }).value = "2.25";
      });
      await page.locator(".along").dispatchEvent("input");
      await page.waitForSelector(`${FRAME}:nth-child(4)[style="opacity: 0.25;"]`);
      assertEquals(await opacities(page), [0, 0, 1, 0.25]);

      const [strip] = await Promise.all([page.waitForEvent("download"), page.click("text=Strip")]);
      assertEquals(strip.suggestedFilename(), "countergrade-my-knee.png-strip.png");
      const bytes = await Deno.readFile(await strip.path());
      assertEquals(bytes, await blob(server.url, page, "text=Strip"));
      assertEquals([...bytes.slice(0, 4)], [0x89, 0x50, 0x4e, 0x47]);
      const [json] = await Promise.all([page.waitForEvent("download"), page.click("text=JSON")]);
      const told = JSON.parse(await Deno.readTextFile(await json.path()));
      assertEquals(told.frames.length, 4);
      assertEquals([told.provenance.task, told.provenance.seed], ["counterfactualPath", 0]);
      assertEquals(told.provenance.options.image, image);
      assertEquals(await page.locator(".downloads ul a").count(), 4);

      await page.reload();
      await page.waitForSelector("h2:has-text('my knee.png')");
      await page.setInputFiles("input[type=file]", {
        name: "no.png",
        mimeType: "image/png",
        buffer: Buffer.from([1, 2, 3]),
      });
      await page.waitForSelector(".own-image [role=alert]:has-text('expected PNG')");
    }, { view: { reducedMotion: "reduce" } }),
);

browserTest(
  "the method of a path is chosen, kept in the address and found again",
  () =>
    withPage(async (page) => {
      await page.waitForSelector(".verdict .missed");
      await page.click("text=Close the loop");
      await page.waitForSelector(".verdict .met");
      assertStringIncludes(page.url(), "loop=closed");
      const curve = page.locator(".curve [role=img]").first();
      assertStringIncludes(
        await curve.getAttribute("aria-label") ?? "",
        "Picture 0: 0.20, 1: 1.00, 2: 1.80, 3: 2.60",
      );
      await page.click("text=Jobs and plugins");
      await page.waitForSelector("main.jobs");
      await page.click("nav >> text=Explorer");
      await page.waitForSelector(".verdict .met");
      await page.reload();
      await page.waitForSelector(".verdict .met");
      assert(await page.isChecked("text=Close the loop"));
      await page.evaluate("location.hash = 'view=explorer&split=test&index=2'");
      await page.waitForSelector("h2:has-text('test-2')");
      await page.waitForSelector(".verdict .missed");
    }),
);

browserTest(
  "an address that asks for what is not there shows what is",
  () =>
    withPage(async (page) => {
      await page.waitForSelector("h2:has-text('val-0')");
      await page.waitForSelector(DONE);
      await page.waitForSelector(".own-image:has-text('is not here any more')");
    }, { address: "view=explorer&model=gone&split=gone&index=-3&image=gone&grade=9" }),
);

browserTest(
  "whoever returns to a path before its job is cancelled gets it anew",
  () =>
    withPage(async (page) => {
      await page.waitForSelector(DONE);
      const joined = Promise.withResolvers<void>();
      const starts: number[] = [];
      await page.route("**/graphql", async (route: Route) => {
        const { query, variables } = route.request().postDataJSON();
        // A job ends only after it was joined again.
        if (query.includes("mutation Cancel")) await joined.promise;
        if (!query.includes("mutation Start")) return route.continue();
        starts.push(variables.input.index);
        const input = { ...variables.input, steps: 20, delay: 50 };
        const response = await route.fetch({
          postData: JSON.stringify({ query, variables: { input } }),
        });
        if (starts.length === 3) joined.resolve();
        await route.fulfill({ response });
      });
      for (const [turn, name] of ["val-1", "val-2", "val-1"].entries()) {
        await page.click(`.thumbnails [aria-label^="${name},"]`);
        await page.waitForSelector(`h2:has-text('${name}')`);
        if (turn === 0) await page.waitForSelector("progress + span:has-text('rendering')");
      }
      await page.waitForSelector(".frames img.whole >> nth=3");
      await page.waitForSelector(DONE);
      assertEquals(starts, [1, 2, 1, 1]);
    }),
);

browserTest(
  "a key is asked for once, then the page goes on",
  () =>
    withPage(async (page) => {
      await page.waitForSelector(DONE);
      let open = false;
      const errors = [{ message: "A key is needed", extensions: { code: "UNAUTHENTICATED" } }];
      await page.route(
        "**/graphql",
        (route: Route) =>
          open ? route.continue() : route.fulfill({ status: 401, json: { errors } }),
      );
      await page.route("**/session", (route: Route) => {
        open = route.request().headers().authorization === "Bearer right";
        return route.fulfill({ status: open ? 204 : 401 });
      });
      await page.click('.thumbnails [aria-label^="val-2,"]');
      await page.waitForSelector("dialog[open]");
      await page.keyboard.type("wrong");
      await page.keyboard.press("Enter");
      await page.waitForSelector("dialog [role=alert]");
      await page.fill("#key", "right");
      await page.keyboard.press("Enter");
      await page.waitForSelector("dialog[open]", { state: "detached" });
      await page.waitForSelector("h2:has-text('val-2')");
      await page.waitForSelector(DONE);
    }),
);

browserTest("a server that is killed and started again: the path on the page goes on", async () => {
  const home = await Deno.makeTempDir();
  let server = await startServer(home, 0);
  try {
    await makeModel(server.url);
    await withWindow(async (page) => {
      const starts: unknown[] = [];
      const continued: number[] = [];
      await page.route("**/graphql", (route: Route) => {
        const { query, variables } = route.request().postDataJSON();
        if (query.includes("subscription")) continued.push(variables.after);
        if (!query.includes("mutation Start")) return route.continue();
        starts.push(variables);
        // Long enough to be killed in the middle of it.
        const input = { ...variables.input, steps: 20, delay: 100 };
        return route.continue({ postData: JSON.stringify({ query, variables: { input } }) });
      });
      await page.goto(server.url);
      await page.waitForSelector(".large .preview");
      server.process.kill("SIGKILL");
      await server.process.status;
      await page.waitForSelector(".connection:has-text('cannot be reached')");
      server = await startServer(home, server.port);
      await page.waitForSelector(".frames img.whole >> nth=3");
      await page.waitForSelector(DONE);
      await page.waitForSelector(".connection p", { state: "detached" });
      assertEquals(starts.length, 1, "the job was started once");
      assertEquals(continued[0], 0);
      assert(continued[continued.length - 1] > 0, "the events went on behind the last one");
    });
  } finally {
    server.process.kill("SIGTERM");
    await server.process.status;
    await Deno.remove(home, { recursive: true });
  }
});

/** Runs a server as a process of its own, since one that is killed says no farewell. */
async function startServer(home: string, port: number) {
  const main = new URL("../../../../server/main.ts", import.meta.url).pathname;
  const flags = ["--port", String(port), "--home", home, "--plugins", TOYS.join()];
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "--no-lock", main, ...flags],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  let text = "";
  const reader = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  while (!text.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`The server did not start: ${text}`);
    text += value;
  }
  const url = text.match(/http:\S+/)![0];
  return { process, url, port: Number(new URL(url).port) };
}

/** Drops a file onto the page. */
async function drop(page: Page, name: string, bytes: Uint8Array): Promise<void> {
  await page.evaluate(`{
    const transfer = new DataTransfer();
    const file = new File([new Uint8Array([${bytes}])], ${JSON.stringify(name)});
    transfer.items.add(file);
    const event = (kind) => new DragEvent(kind, { dataTransfer: transfer, cancelable: true });
    dispatchEvent(event("dragover"));
    dispatchEvent(event("drop"));
  }`);
}

/** How opaque the frames on the stage are. */
async function opacities(page: Page): Promise<number[]> {
  return await page.evaluate(
    "[...document.querySelector('.large .picture > .fade').children].map(({ style }) => +style.opacity)",
  );
}

/** The content behind a link. */
async function blob(url: string, page: Page, link: string): Promise<Uint8Array> {
  const href = await page.getAttribute(link, "href");
  return new Uint8Array(await (await fetch(new URL(href!, url))).arrayBuffer());
}
