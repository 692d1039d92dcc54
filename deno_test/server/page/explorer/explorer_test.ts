/** The explorer in a real browser: one's own image, the slider, the methods of a path, its evidence, downloads, a server that is killed. */

import { Buffer } from "node:buffer";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { tensor } from "@countergrade/countergrade";
import { toPng } from "@countergrade/countergrade/images";
import type { Page, Route } from "playwright-core";
import { until } from "../../../until.ts";
import { TOYS } from "../../toy_server.ts";
import { ask, browserTest, gone, makeModel, slowPaths, withPage, withWindow } from "../browser.ts";

const DONE = '.strip[aria-busy="false"]';

/** Shows the choices of how a path is made. */
const openMethod = (page: Page) => page.click("summary:has-text('How the path is made')");

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
      await page.waitForSelector(DONE);
      const image = new URLSearchParams(page.url().split("#")[1]).get("image");
      const { node } = await ask(
        server.url,
        "query($id: ID!) { node(id: $id) { ... on StoredImage { width image { url } } } }",
        { id: image },
      );
      assertEquals(node.width, 20);
      await page.waitForSelector(".adapted:has-text('what you sent: gray repeated as RGB.')");
      await page.getByRole("img", { name: "Here is the original" }).waitFor();

      await page.focus(".along");
      await page.keyboard.press("Home");
      await page.keyboard.press("PageUp");
      await page.waitForSelector(".verdict .target:has-text('1 mild')");
      await page.getByRole("img", { name: "The image at 1 mild" }).waitFor();
      // Between two grades there are pictures of their own, and the figures are theirs.
      await page.waitForSelector(".ticks i >> nth=15");
      await page.keyboard.press("ArrowRight");
      await page.waitForSelector(".verdict .target:has-text('1.2')");
      await page.getByRole("img", { name: "The image at 1.2" }).waitFor();
      await page.waitForSelector(".verdict b:text-is('1.2')");
      // A finger rests between two pictures: the nearer one is shown.
      await page.locator(".along").evaluate((slider) => {
        (slider as unknown as { value: string }).value = "2.23";
      });
      await page.locator(".along").dispatchEvent("input");
      await page.getByRole("img", { name: "The image at 2.2" }).waitFor();

      const [strip] = await Promise.all([page.waitForEvent("download"), page.click("text=Strip")]);
      assertEquals(strip.suggestedFilename(), "countergrade-own-my-knee.png-Toy-probe-strip.png");
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
      await page.click(".own-tools >> text=Turn");
      await page.waitForSelector("h2:has-text('my knee turned.png')");
      await page.waitForSelector(DONE);
      await page.setInputFiles("input[type=file]", {
        name: "no.png",
        mimeType: "image/png",
        buffer: Buffer.from([1, 2, 3]),
      });
      await page.waitForSelector(".own-image [role=alert]:has-text('expected PNG')");
    }, { view: { reducedMotion: "reduce" } }),
);

browserTest(
  "a figure of the path is taken away as every kind of file",
  () =>
    withPage(async (page) => {
      await page.waitForSelector(".ticks i >> nth=15");
      await page.click("text=Figure …");
      await page.waitForSelector(".figure-preview");
      const take = async (title: string) => {
        const [file] = await Promise.all([
          page.waitForEvent("download"),
          page.click(`.maker >> text="${title}"`),
        ]);
        return { name: file.suggestedFilename(), bytes: await Deno.readFile(await file.path()) };
      };
      const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
      const svg = await take("SVG");
      assertEquals(svg.name, "countergrade-bars-val-0-Toy-probe.svg");
      for (const words of ["asked severe", "read 2.6, missed", "seed 0", "split=val&amp;index=0"]) {
        assertStringIncludes(text(svg.bytes), words);
      }
      assertEquals(text((await take("PDF")).bytes.slice(0, 8)), "%PDF-1.4");
      const png = (await take("PNG, 300 dpi")).bytes;
      const view = new DataView(png.buffer);
      // 680 px of 1/96 inch, and 11811 dots per meter.
      assertEquals([view.getUint32(16), view.getUint32(41)], [2125, 11811]);
      assertEquals(text((await take("GIF")).bytes.slice(0, 6)), "GIF89a");
      const table = text((await take("CSV, all figures")).bytes).trim().split("\r\n");
      assertEquals(table.length, 1 + 16);
      assertEquals([table[0], table[1]].map((row) => row.split(",").at(-1)), ["barHeight", "12"]);
      assert(table.every((row) => row.split(",").length === table[0].split(",").length));
    }),
);

browserTest(
  "the method of a path is chosen, kept in the address and found again",
  () =>
    withPage(async (page) => {
      await page.waitForSelector(".verdict .missed");
      await openMethod(page);
      await page.click("text=Close the loop");
      await page.waitForSelector(".verdict .met");
      assertStringIncludes(page.url(), "loop=closed");
      const curve = page.locator(".curve [role=img]").first();
      assertStringIncludes(
        await curve.getAttribute("aria-label") ?? "",
        "Picture 0: 0.20, 1: 1.00, 2: 1.80, 3: 2.60",
      );
      await page.getByRole("img", { name: "Bar height. Picture 0: 12, 1: 9, 2: 6, 3: 3" })
        .waitFor();
      await page.click("text=Jobs and plugins");
      await page.waitForSelector("main.jobs");
      await page.click("nav >> text=Explorer");
      await page.waitForSelector(".verdict .met");
      await page.reload();
      await page.waitForSelector(".verdict .met");
      await openMethod(page);
      assert(await page.isChecked("text=Close the loop"));
      await page.evaluate("location.hash = 'view=explorer&split=test&index=2'");
      await page.waitForSelector("h2:has-text('test-2')");
      await page.waitForSelector(".verdict .missed");
    }),
);

browserTest(
  "a frame tells its evidence, in the address is what stays, and a path of before has none",
  () =>
    withPage(async (page, { url }) => {
      await page.waitForSelector(DONE);
      assertEquals(await page.getByLabel("Second opinion").count(), 0, "there is nobody");
      await ask(url, 'mutation { makeModel(input: { title: "Other eyes" }) { __typename } }');
      const other = await foundModel(url, "Other eyes");
      await page.reload();
      await page.waitForSelector(DONE);
      await openMethod(page);
      await page.getByLabel("Second opinion").selectOption(`probe:${other}`);
      await page.waitForSelector(".verdict:has-text('judge')");
      await page.waitForSelector(DONE);
      const told = async () => (await page.locator(".verdict").innerText()).replaceAll(/\s+/g, " ");
      for (
        const text of [
          "3 severe held back 38 of 100 real patients of this grade lie beyond",
          "2.6 ✗ missed by −0.4, 2 attempts The probe alone reads 3.0 The judge sees 2.4 A judge mostly reads within ±0.8 of the target",
          "Original, graded 0.1 The judge sees 0.3",
          "Arrived of the real difference 60 %",
          "Change outside of the region 0.6 %",
        ]
      ) assertStringIncludes(await told(), text);
      await page.click("text=What stays as it is");
      await page.getByLabel("brightness", { exact: true }).check();
      await page.waitForSelector(".verdict:has-text('brightness +0.1 σ')");
      await page.getByLabel("Region of change").selectOption("none");
      await page.waitForSelector(
        ".verdict:not(:has-text('outside')):has-text('brightness +0.1 σ')",
      );
      await page.reload();
      await page.waitForSelector(
        ".verdict:not(:has-text('outside')):has-text('brightness +0.1 σ')",
      );
      await openMethod(page);
      assert(await page.getByLabel("brightness", { exact: true }).isChecked());
      await page.evaluate("location.hash = 'view=explorer&split=test&index=3'");
      await page.waitForSelector("h2:has-text('test-3')");
      await page.waitForSelector(".verdict:has-text('missed by −0.4')");
      await page.waitForSelector(".adapted:has-text('of the image’s file: frame 3 of 5.')");
      await page.click(".trust summary:has-text('AUC 0.90 (0.85 to 0.94)')");
      await page.waitForSelector(".trust li:has-text('Of 3 images page 1 of 2 was taken.')");
      const before = await told();
      assertStringIncludes(
        before,
        "Target 3 severe Picture, graded again 2.6 ✗ missed by −0.4, 2 attempts Edited code 3.0",
      );
      for (
        const text of ["patients", "judge", "mostly", "alone", "Arrived", "outside", "Held"]
      ) {
        assert(!before.includes(text), `${text} is not known`);
      }
    }),
);

browserTest(
  "a target that is not reached is told where the strip is, and reached when it is asked for",
  () =>
    withPage(async (page) => {
      await page.waitForSelector(DONE);
      await openMethod(page);
      await page.getByLabel("What a grade means").selectOption("regression");
      await page.waitForSelector(".strip .unreached:has-text('Not shown: grade 3 asks for')");
      assertEquals(await page.locator(".frames button").count(), 3);
      await page.waitForSelector(".verdict .target:has-text('2 moderate')");
      assertEquals(await page.locator(".warning p").allInnerTexts(), [
        "The edit to grade 3 left the training data.",
      ]);
      await page.click("text=Show beyond real patients");
      await page.waitForSelector(".frames button >> nth=3");
      await page.waitForSelector(DONE);
      await gone(page.locator(".unreached"));
      assert(await page.getByLabel("Go beyond real patients").isChecked());
      assertStringIncludes(page.url(), "calibration=regression&extrapolate=yes");
    }, { view: { reducedMotion: "reduce" } }),
);

browserTest(
  "a probe that tells no more than chance is marked, and asked only when that is wanted",
  () =>
    withPage(async (page, { url }) => {
      await page.waitForSelector(DONE);
      assertEquals(await page.locator(".chance").count(), 0);
      await ask(
        url,
        'mutation { makeModel(input: { title: "Guess", chance: 0.43 }) { __typename } }',
      );
      const guess = await foundModel(url, "Guess");
      await page.reload();
      await page.waitForSelector(DONE);
      await page.evaluate(`location.hash = "view=explorer&model=${guess}"`);
      await page.waitForSelector(".chance:has-text('43 of 100 shuffles')");
      await page.waitForSelector(".progress .problem:has-text('This probe tells nothing')");
      const option = page.locator(`#probe option[value="${guess}"]`);
      assertEquals(await option.innerText(), "Guess (tells no more than chance)");
      await page.getByLabel("Show its paths all the same").check();
      await until(() => page.url().includes("uninformative=yes"));
      await page.waitForSelector(".frames img.whole >> nth=3");
    }),
);

browserTest(
  "an address that asks for what is not there says so, keeps itself, and shows nothing else in its place",
  () =>
    withPage(async (page) => {
      await page.waitForSelector("[role=alert]:has-text('The model gone')");
      assertStringIncludes(page.url(), "model=gone&index=3");
      assertEquals(await page.locator(".stage").count(), 0);
      const asked =
        "split=gone&index=-3&image=gone&grade=9&editor=nobody&hold=brightness&sharp=1&kept=model%3Dgone";
      await page.evaluate(`location.hash = "view=explorer&${asked}"`);
      await page.waitForSelector("[role=alert]:has-text('The split “gone”')");
      assertEquals(await page.locator("[role=alert] li").allInnerTexts(), [
        "The image gone",
        "The split “gone” of the data set",
        "“grade=9”",
        "“editor=nobody”",
        "“sharp=1”",
        "The model gone, kept beside it",
      ]);
      await page.evaluate("location.hash = 'view=explorer&split=val&index=99'");
      await page.waitForSelector("[role=alert]:has-text('no. 99 of “val”, which has 0 to 29')");
      await page.click("text=The explorer as usual");
      await page.waitForSelector("h2:has-text('val-0')");
      await page.evaluate("location.hash = 'view=nonsense'");
      await page.waitForSelector("[role=alert]:has-text('The view “nonsense”')");
    }, { address: "view=explorer&model=gone&index=3" }),
);

browserTest(
  "back leads to the image before, and a path that was kept stays beside the next one",
  () =>
    withPage(async (page) => {
      await page.waitForSelector(DONE);
      await page.click('.thumbnails [aria-label^="val-2,"]');
      await page.waitForSelector("h2:has-text('val-2')");
      await page.goBack();
      await page.waitForSelector("h2:has-text('val-0')");
      await page.waitForSelector(DONE);
      await page.click("text=Compare with …");
      await page.click('.thumbnails [aria-label^="val-1,"]');
      await page.waitForSelector(".stages > .stage h2:has-text('val-1')");
      await page.waitForSelector(".kept h2:has-text('val-0')");
      await page.waitForSelector(".stages > .stage .strip[aria-busy=false]");
      // Both stand at the same place of their paths.
      await page.locator(".kept .along").focus();
      await page.keyboard.press("Home");
      await page.waitForSelector(".stages > .stage .verdict .target:has-text('0 healthy')");
      // A link opens the same two.
      await page.reload();
      await page.waitForSelector(".kept h2:has-text('val-0')");
      await page.waitForSelector(".stages > .stage h2:has-text('val-1')");
      await page.waitForSelector(".kept .strip[aria-busy=false]");
      assertEquals(await page.locator(".kept .frames button").count(), 4);
      await page.click("text=Show one again");
      await until(async () => await page.locator(".stage").count() === 1);
      await until(() => !page.url().includes("kept"));
      await page.goBack();
      await page.waitForSelector(".kept h2:has-text('val-0')");
    }, { view: { reducedMotion: "reduce" } }),
);

browserTest(
  "a path that two look at goes on when one of them leaves",
  () =>
    withPage(async (page, { url }) => {
      await page.waitForSelector(DONE);
      await slowPaths(page);
      await withWindow(async (other) => {
        await slowPaths(other);
        await other.goto(`${url}#view=explorer&split=val&index=5`);
        await page.click('.thumbnails [aria-label^="val-5,"]');
        await other.waitForSelector("h2:has-text('val-5')");
        await page.waitForSelector("progress + span:has-text('rendering')");
        await other.waitForSelector("progress + span:has-text('rendering')");
        await other.click('.thumbnails [aria-label^="val-1,"]');
        await other.waitForSelector("h2:has-text('val-1')");
      });
      await page.waitForSelector(".frames img.whole >> nth=3");
    }),
);

browserTest(
  "an image of another kind gets no grade; its path is shown when that is wanted, and not for the next image",
  () =>
    withPage(async (page) => {
      await page.waitForSelector(DONE);
      await drop(page, "pagoda.png", OWN);
      await page.waitForSelector(".foreign:has-text('foreign to the model')");
      assertEquals(await page.locator(".frames img.whole").count(), 0);
      await page.click("text=Show its path all the same");
      await page.waitForSelector(".frames img.whole >> nth=3");
      assertStringIncludes(page.url(), "foreign=yes");
      await page.waitForSelector(".verdict:has-text('no grade')");
      await gone(page.locator(".sign.met, .sign.missed, .curves"));
      await page.click('.thumbnails [aria-label^="val-1,"]');
      await page.waitForSelector("h2:has-text('val-1')");
      await page.waitForSelector(".verdict .missed, .verdict .met");
      await until(() => !page.url().includes("foreign"));
    }),
);

browserTest(
  "cases are found by grade, by number and by chance; real patients stand beside a frame",
  () =>
    withPage(async (page) => {
      await page.waitForSelector(DONE);
      await page.getByRole("button", { name: "2, moderate" }).click();
      await page.waitForSelector("text=1–7 of 7");
      const labels = await page.locator(".thumbnails .chip").allInnerTexts();
      assertEquals(labels, Array(7).fill("2"));
      await page.getByLabel("Order of the images").selectOption("random");
      await page.waitForSelector('.finder[aria-busy="false"]');
      assertEquals(await page.locator(".thumbnails button").count(), 7);
      await page.getByLabel("No.").fill("25");
      await page.getByLabel("No.").press("Enter");
      await page.waitForSelector("h2:has-text('val-25')");
      await page.waitForSelector("text=25–30 of 30");
      await page.waitForSelector(DONE);
      await page.click("text=Real patients like this frame");
      await page.waitForSelector(".near li:has-text('severe'):has-text('0.5 σ away')");
      await page.waitForSelector(".near:has-text('Their labels: severe')");
    }),
);

browserTest(
  "whoever returns to a path before it was left goes on with its job",
  () =>
    withPage(async (page) => {
      await page.waitForSelector(DONE);
      const joined = Promise.withResolvers<void>();
      const starts: number[] = [];
      await page.route("**/graphql", async (route: Route) => {
        const { query, variables } = route.request().postDataJSON();
        // It is left only after it was asked for again.
        if (query.includes("mutation LeaveJob")) await joined.promise;
        if (!query.includes("mutation Start") || variables.input.targets) return route.continue();
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
      assertEquals(starts, [1, 2, 1]);
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
        if (!query.includes("mutation Start") || variables.input.targets) return route.continue();
        starts.push(variables);
        // Long enough to be killed in the middle of it.
        const input = { ...variables.input, steps: 20, delay: 100 };
        return route.continue({ postData: JSON.stringify({ query, variables: { input } }) });
      });
      await page.goto(server.url);
      await page.waitForSelector(".panes .preview");
      server.process.kill("SIGKILL");
      await server.process.status;
      await page.waitForSelector(".connection:has-text('cannot be reached')");
      server = await startServer(home, server.port);
      await page.waitForSelector(".frames img.whole >> nth=3");
      await page.waitForSelector(DONE);
      await page.waitForSelector(".connection p", { state: "detached" });
      assertEquals(starts.length, 1, "the job was started once");
      assertEquals(continued[0], 0);
      assert(continued.some((number) => number > 0), "the events went on behind the last one");
    });
  } finally {
    server.process.kill("SIGTERM");
    await server.process.status;
    await Deno.remove(home, { recursive: true });
  }
});

/** The id of a model, once it is there. */
async function foundModel(url: string, title: string): Promise<string> {
  let id: string | undefined;
  await until(async () => {
    const { probes } = await ask(url, "{ probes { nodes { id title } } }");
    id = probes.nodes.find((probe: { title: string }) => probe.title === title)?.id;
    return id !== undefined;
  });
  return id!;
}

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

/** The content behind a link. */
async function blob(url: string, page: Page, link: string): Promise<Uint8Array> {
  const href = await page.getAttribute(link, "href");
  return new Uint8Array(await (await fetch(new URL(href!, url))).arrayBuffer());
}
