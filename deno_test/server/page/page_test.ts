/** The page in a real browser; skipped with a message where no Chromium is installed. */

import { Buffer } from "node:buffer";
import { tensor } from "@countergrade/countergrade";
import { toPng } from "@countergrade/countergrade/images";
import { sha256 } from "@countergrade/countergrade/jobs";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Route } from "playwright-core";
import { newKey } from "../../../server/http/access/api_keys.ts";
import { serve } from "../../../server/main.ts";
import { pageOperations } from "../../../server/page/print_operations.ts";
import { sourceFiles, textOf } from "../../source_files.ts";
import { TOYS, withToyServer } from "../toy_server.ts";
import { until } from "../../until.ts";
import { ask, browserTest, makeModel, slowPaths, withPage, withWindow } from "./browser.ts";

const VIEWS = [...TOYS, new URL("./toy_views.ts", import.meta.url).href];

const folder = new URL("../../../server/page/", import.meta.url);

/** The scripts of the page, and what they are built from. */
const SCRIPTS = { "page.js": "main.tsx", "export.js": "explorer/figure/export.ts" };

Deno.test("the scripts are built from the sources (else: deno task page)", async () => {
  for (const [script, source] of Object.entries(SCRIPTS)) {
    const built = await Deno.makeTempFile({ suffix: ".js" });
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["bundle", "--quiet", "--platform", "browser", "--minify"],
        ...[new URL(source, folder).pathname, "-o", built],
      ],
    }).output();
    assertEquals(code, 0, new TextDecoder().decode(stderr));
    const committed = await Deno.readTextFile(new URL(`dist/${script}`, folder));
    assert(
      await Deno.readTextFile(built) === committed,
      `dist/${script} is out of date: deno task page`,
    );
    await Deno.remove(built);
  }
});

Deno.test("the first load is at most 200 KB, compressed", async () => {
  const html = await Deno.readTextFile(new URL("index.html", folder));
  const files = [...html.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, path]) =>
    path === "page.js" ? "dist/page.js" : path.replace(/^styles\//, "")
  );
  let bytes = 0;
  for (const path of ["index.html", ...files]) {
    const file = await Deno.open(new URL(path, folder));
    const packed = file.readable.pipeThrough(new CompressionStream("gzip"));
    bytes += (await new Response(packed).bytes()).length;
  }
  assert(bytes <= 200_000, `${bytes} bytes`);
});

Deno.test("every style sheet is linked, and that of a view speaks of its view alone", async () => {
  const page = await Deno.readTextFile(new URL("index.html", folder));
  const linked = [...page.matchAll(/rel="stylesheet" href="styles\/([^"]+)"/g)].map(([, path]) =>
    path
  );
  const sheets = (await sourceFiles([".css"], "server/page/"))
    .map((path) => path.slice("server/page/".length));
  assertEquals(linked.toSorted(), sheets);
  for (const sheet of sheets.filter((path) => /^(?!page|shared)/.test(path))) {
    const text = (await Deno.readTextFile(new URL(sheet, folder))).replace(/\/\*.*?\*\//gs, "");
    const selectors = [...text.matchAll(/^[^\s}].*$/gm)].map(([line]) => line);
    const foreign = selectors.filter((line) => !/^(@|.*\bmain\b)/.test(line));
    assertEquals(foreign, [], sheet);
  }
});

Deno.test("the server has every file that the page links, each as what it is", async () => {
  const html = await Deno.readTextFile(new URL("index.html", folder));
  const links = [...html.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, path]) => path);
  await withToyServer(async ({ app }) => {
    for (const path of ["", ...links, "export.js"]) {
      const { status, headers, body } = await app.fetch(new Request(`http://localhost/${path}`));
      await body?.cancel();
      assertEquals(status, 200, path);
      const type = { css: "text/css", js: "text/javascript", svg: "image/svg+xml" }[
        path.split(".").at(-1)!
      ] ?? "text/html";
      assertStringIncludes(headers.get("content-type")!, type);
    }
  });
});

Deno.test("all operations of the page stand where they are printed from", async () => {
  const printed = await Deno.readTextFile(new URL("print_operations.ts", folder));
  let documents = 0;
  for (const path of await sourceFiles([".ts", ".tsx"], "server/page/")) {
    const found = (await textOf(path)).match(/`(query|mutation|subscription) \w+/g) ?? [];
    documents += found.length;
    const from = path.replace("server/page/", "./");
    assert(!found.length || printed.includes(`from "${from}"`), `${path} has ${found}`);
  }
  assertEquals(documents, Object.keys(pageOperations()).length);
});

browserTest(
  "a server that runs nothing but the page's operations shows all of it",
  () => {
    // The test's own operations beside those of the page.
    const own = ["mutation { makeModel { __typename } }", "{ probes { nodes { id } } }"];
    const operations = {
      ...pageOperations(),
      ...Object.fromEntries(own.map((document) => [sha256(document), document])),
    };
    return withPage(async (page, { url }) => {
      assertEquals(await ask(url, "{ datasets { id } }"), undefined);
      await page.waitForSelector(`${FRAMES} >> nth=3`);
      await page.setInputFiles("input[type=file]", {
        name: "own.png",
        mimeType: "image/png",
        buffer: Buffer.from(toPng(tensor([1, 1, 20, 20], new Float32Array(400)), 0)),
      });
      await page.waitForSelector("h2:has-text('own.png')");
      await page.reload();
      await page.waitForSelector("h2:has-text('own.png')");
      await page.click("text=Latent map");
      await page.getByLabel("Path through it").waitFor();
      await page.click("text=Training");
      await page.getByRole("heading", { name: "trainToy" }).waitFor();
      await page.getByRole("button", { name: "Start" }).click();
      await page.locator(".curves path").first().waitFor();
      await page.getByRole("button", { name: "Cancel" }).click();
      await page.click("text=Jobs and plugins");
      await page.locator(".row", { hasText: "counterfactualPath" }).first().click();
      await page.locator(".thing").waitFor();
      await page.getByRole("link", { name: "Change options" }).click();
      await page.getByLabel("Probe").waitFor();
      await page.getByRole("link", { name: "Plugins", exact: true }).click();
      await page.getByRole("heading", { name: /^tasks/ }).waitFor();
      assertEquals(await page.getByText("Cannot run this operation").count(), 0);
    }, { persisted: JSON.stringify(operations), plugins: VIEWS });
  },
);

/** The pictures of the strip that are whole frames, not previews. */
const FRAMES = ".frames img.whole";

browserTest(
  "the first visit shows a path at once: previews, then frames with their grades",
  () =>
    withPage(async (page) => {
      await page.waitForSelector(".preview");
      await page.waitForSelector(`${FRAMES} >> nth=3`);
      await page.waitForSelector('.strip[aria-busy="false"]');
      const cells = await page.locator(".frames button").allInnerTexts();
      assertEquals(cells.length, 4);
      assertStringIncludes(cells[3].replaceAll(/\s+/g, " "), "3 severe picture 2.6");
      assertStringIncludes(await page.locator(".warning").innerText(), "left the training data");
      await page.getByRole("img", { name: "Here is the original" }).waitFor();
      await page.getByRole("img", { name: "The image at 3 severe" }).waitFor();
      assertStringIncludes(await page.locator(".pixel").innerText(), "16 × 16 px, shown ");
      const readout = await page.locator(".verdict").innerText();
      assertStringIncludes(readout, "✗ missed by −0.4, 2 attempts");
      await page.click(".modes >> text=Difference");
      await page.getByRole("img", { name: "What the frame adds" }).waitFor();
      assertEquals(
        await page.locator(".color-bar > small").allInnerTexts(),
        ["−0.5", "+0.5"],
      );
    }),
);

browserTest(
  "the gallery opens on request; a model's path out of it is on stage until its own is there",
  () =>
    withPage(async (page, server) => {
      await page.waitForSelector('.strip[aria-busy="false"]');
      await page.locator(".showcase summary").press("Enter");
      const sheet = page.locator(".showcase img").first();
      await sheet.scrollIntoViewIfNeeded();
      const width = "document.querySelector('.showcase img').naturalWidth";
      await until(async () => Number(await page.evaluate(width)) > 300);
      assertEquals(await page.locator(".showcase h3").count(), 4);
      for (const file of ["..%2fREADME.md", "none.svg", "path-0.svg/11.png"]) {
        const answer = await fetch(`${server.url}showcase/knee64/${file}`);
        assertEquals([answer.status, await answer.text()], [404, "Not found\n"], file);
      }

      const { probes: { nodes: [{ id }] } } = await ask(server.url, "{ probes { nodes { id } } }");
      await page.route("**/showcase/index.json", async (route: Route) => {
        const models = await (await route.fetch()).json();
        return route.fulfill({ json: [{ ...models[3], probe: id }] });
      });
      await slowPaths(page);
      await page.reload();
      await page.waitForSelector(".stage-title:has(progress) h2:has-text('From the gallery')");
      await page.waitForSelector(".stage h2:has-text('val-0')");
      await page.waitForSelector(".downloads");

      await page.route("**/graphql", async (route: Route) => {
        if (!route.request().postData()?.includes("query Models")) return route.fallback();
        const answer = await (await route.fetch()).json();
        for (const model of answer.data.list.nodes) model.dataset = null;
        return route.fulfill({ json: answer });
      });
      await page.goto(server.url);
      await page.waitForSelector(".trust:has-text('Its images are not here')");
      await page.waitForSelector(`${FRAMES} >> nth=3`);
      await page.getByRole("img", { name: "Here is its reconstruction" }).waitFor();
      assertStringIncludes(
        await page.locator(".sentence").innerText(),
        "A patient rendered at every grade",
      );
      assertEquals(await page.locator(".downloads, .near, progress").count(), 0);
      const line = () => page.locator(".curve svg > path").first().getAttribute("d");
      const before = await line();
      await page.locator(".along").press("End");
      await until(async () => await line() !== before);
    }),
);

browserTest(
  "the keyboard alone chooses another image and walks along its path",
  () =>
    withPage(async (page) => {
      await page.waitForSelector('.strip[aria-busy="false"]');
      const address = page.url();
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      await until(async () => await page.evaluate("document.activeElement.tagName") === "MAIN");
      assertEquals(page.url(), address);
      const focused = () => page.evaluate("document.activeElement.getAttribute('aria-label')");
      await page.focus("#split");
      for (let i = 0; i < 20 && await focused() !== "val-0, healthy"; i++) {
        await page.keyboard.press("Tab");
      }
      await page.keyboard.press("ArrowRight");
      await until(async () => await focused() === "val-1, mild");
      await page.waitForSelector("h2:has-text('val-1')");
      await page.waitForSelector('.strip[aria-busy="false"]');
      await page.focus(".along");
      await page.keyboard.press("Tab");
      assertEquals(await focused(), "Target 3 severe, held back, picture 2.6, missed");
      await page.keyboard.press("Home");
      await page.waitForSelector(".verdict .target:has-text('0 healthy')");
      assertStringIncludes(page.url(), "index=1");
      await page.reload();
      await page.waitForSelector("h2:has-text('val-1')");
    }),
);

browserTest("the gallery turns its pages and changes the split", () =>
  withPage(async (page) => {
    await page.click("[aria-label='Next images']");
    await page.waitForSelector("text=13–24 of 30");
    await page.selectOption("#split", "test");
    await page.waitForSelector("text=1–5 of 5");
    await page.waitForSelector("h2:has-text('test-0')");
    assertEquals(await page.locator(".thumbnails button").count(), 5);
  }));

browserTest(
  "choosing another image cancels the path before",
  () =>
    withPage(async (page, server) => {
      await page.waitForSelector('.strip[aria-busy="false"]');
      await slowPaths(page);
      for (const name of ["val-1", "val-2", "val-3"]) {
        await page.click(`.thumbnails [aria-label^="${name},"]`);
      }
      await page.waitForSelector("h2:has-text('val-3')");
      await page.waitForSelector('.strip[aria-busy="false"]');
      const { jobs } = await ask(
        server.url,
        '{ jobs(task: "counterfactualPath") { nodes { state options } } }',
      );
      const state = (index: number) =>
        jobs.nodes.find((job: { options: { index: number; targets?: number[] } }) =>
          job.options.index === index && !job.options.targets
        )?.state;
      assertEquals(state(3), "DONE");
      assert(state(2) !== "DONE", `the path of val-2 is ${state(2)}`);
    }),
);

browserTest(
  "without a model the page says how to make one",
  () =>
    withPage(async (page, server) => {
      await page.waitForSelector("text=There is no model yet");
      await makeModel(server.url);
      await page.click("text=Look again");
      await page.waitForSelector("h2:has-text('val-0')");
    }, { model: false }),
);

browserTest(
  "after a restart of the server the page catches up by itself",
  () =>
    withPage(async (page, server, home) => {
      await page.waitForSelector('.strip[aria-busy="false"]');
      const port = Number(new URL(server.url).port);
      await server[Symbol.asyncDispose]();
      await page.click('.thumbnails [aria-label^="val-2,"]');
      await page.waitForSelector("text=The server cannot be reached");
      await using _second = await serve({
        port,
        host: "127.0.0.1",
        home,
        plugins: TOYS,
        deadline: 200,
      });
      await page.waitForSelector(`${FRAMES} >> nth=3`);
    }),
);

browserTest(
  "screen readers hear each turn of events once, not every step",
  () =>
    withPage(async (page) => {
      await page.waitForSelector('.strip[aria-busy="false"]');
      const region = page.locator(".stage [role=status]");
      await region.evaluate((element) => {
        // deno-lint-ignore no-explicit-any -- names of the browser's
        const { MutationObserver, window } = globalThis as any;
        window.heard = [];
        const hear = () => window.heard.push((element as unknown as Node).textContent);
        new MutationObserver(hear).observe(element, { subtree: true, characterData: true });
      });
      await slowPaths(page);
      await page.click('.thumbnails [aria-label^="val-1,"]');
      await page.waitForSelector(".panes .preview");
      await page.waitForSelector('.strip[aria-busy="false"]');
      await until(async () => (await region.innerText()).startsWith("The path is there"));
      assertEquals(await page.evaluate("heard"), [
        "The path is on its way",
        "The path is there: 4 frames, 1 warning",
      ]);
      assertEquals(await page.evaluate("document.querySelector('.skip').hash"), "#content");
      assertEquals(await page.locator("#content").count(), 1);
    }),
);

browserTest(
  "an answer of something between page and server fails the path, which is not started on and on",
  () =>
    withPage(async (page) => {
      await page.waitForSelector('.strip[aria-busy="false"]');
      let starts = 0;
      await page.route("**/graphql", (route: Route) => {
        const asked = route.request().postData() ?? "";
        if (!asked.includes("mutation Start(") || asked.includes("targets")) {
          return route.continue();
        }
        starts++;
        return route.fulfill({ status: 429, contentType: "text/html", body: "<h1>Later</h1>" });
      });
      await page.click('.thumbnails [aria-label^="val-1,"]');
      await page.waitForSelector(".progress:has-text('expected JSON, got status 429')");
      assertEquals(starts, 1);
      await page.unroute("**/graphql");
      await page.click("text=Try again");
      await page.waitForSelector(`${FRAMES} >> nth=3`);
    }),
);

browserTest(
  "a key that may only look: the page shows what there is, and says why no path starts",
  async () => {
    const home = await Deno.makeTempDir();
    const keys = { alice: newKey("alice", "read,run"), bob: newKey("bob", "read") };
    await Deno.writeTextFile(`${home}/keys`, `${keys.alice.line}\n${keys.bob.line}\n`);
    const address = { port: 0, host: "127.0.0.1", home, plugins: TOYS };
    const server = await serve({ ...address, apiKeys: `${home}/keys`, deadline: 200 });
    try {
      const run = (query: string) =>
        fetch(`${server.url}graphql`, {
          method: "POST",
          headers: {
            "content-type": "application/json",
            authorization: `Bearer ${keys.alice.secret}`,
          },
          body: JSON.stringify({ query }),
        }).then((response) => response.json());
      await run("mutation { makeModel { __typename } }");
      await until(async () =>
        (await run("{ probes { nodes { id } } }")).data.probes.nodes.length > 0
      );
      const { data } = await run("{ jobs { nodes { id } } }");
      await run(`mutation { share(id: "${data.jobs.nodes[0].id}") { errors { message } } }`);
      await withWindow(async (page) => {
        await page.goto(server.url);
        await page.fill("#key", keys.bob.secret);
        await page.keyboard.press("Enter");
        await page.waitForSelector(".progress:has-text('key:bob')");
        assertEquals(await page.locator(".thumbnails button").count(), 12);
        await page.click("text=Jobs and plugins");
        await page.locator(".row", { hasText: "makeModel" }).click();
        await page.getByRole("button", { name: "Run again" }).click();
        await page.locator(".actions [role=alert]", { hasText: "key:bob" }).waitFor();
      });
    } finally {
      await server[Symbol.asyncDispose]();
      await Deno.remove(home, { recursive: true });
    }
  },
);

browserTest("on a phone nothing is wider than the screen", () =>
  withPage(async (page) => {
    await page.waitForSelector('.strip[aria-busy="false"]');
    assertEquals(await page.evaluate("document.documentElement.scrollWidth"), 360);
    await page.setInputFiles("input[type=file]", {
      name: `${"x".repeat(90)}.png`,
      mimeType: "image/png",
      buffer: Buffer.from(toPng(tensor([1, 1, 20, 20], new Float32Array(400)), 0)),
    });
    await page.waitForSelector("h2:has-text('xxxx')");
    assertEquals(await page.evaluate("document.documentElement.scrollWidth"), 360);
  }, { view: { viewport: { width: 360, height: 740 } } }));
