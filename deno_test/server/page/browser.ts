/** Chromium for the tests of the page: it is skipped with a message where none is installed. */

import { assertEquals } from "@std/assert";
import {
  type Browser,
  type BrowserContextOptions,
  chromium,
  type Locator,
  type Page,
  type Route,
} from "playwright-core";
import { type RunningServer, serve } from "../../../server/main.ts";
import { crowd } from "../../deadline.ts";
import { until } from "../../until.ts";
import { TOYS } from "../toy_server.ts";

const executablePath = await installedChromium();
if (!executablePath) {
  console.log("No Chromium found: the tests of the page in a browser are skipped");
}

async function installedChromium(): Promise<string | undefined> {
  const asked = Deno.env.get("COUNTERGRADE_CHROMIUM");
  // The shell without windows takes half the processor time.
  const names = ["chromium-headless-shell", "chromium", "chromium-browser"];
  for (const path of [asked, ...names.map((name) => `/usr/bin/${name}`)]) {
    if (path && await Deno.stat(path).then(() => true, () => false)) return path;
  }
  return undefined;
}

let started: Promise<Browser> | undefined;
// One for all tests of a file: to start it takes longer than most of them.
Deno.test.afterAll(async () => await (await started)?.close());

/** A window of its own, with no cookies or settings of others, for `test`; fails where no browser is installed. */
export async function withWindow(
  test: (page: Page) => Promise<void>,
  view: BrowserContextOptions = {},
): Promise<void> {
  const browser = await (started ??= chromium.launch({
    executablePath,
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  }));
  const context = await browser.newContext(view);
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(10_000 * crowd());
    await test(page);
  } finally {
    await context.close();
  }
}

/** What a test of the page may ask for. */
export interface PageSetting {
  /** Whether there is a model of toys when the page opens; default: yes. */
  readonly model?: boolean;
  /** Size of the window, colors, … */
  readonly view?: BrowserContextOptions;
  /** What is behind the `#` of the first address, as `view=jobs`. */
  readonly address?: string;
  /** Modules of plugins; default: the toys. */
  readonly plugins?: readonly string[];
  /** The text of a file of persisted operations; then no others run. */
  readonly persisted?: string;
}

/** Starts a server and opens its page; fails on any error in the page's console. */
export async function withPage(
  test: (page: Page, server: RunningServer, home: string) => Promise<void>,
  { model = true, view = {}, address = "", plugins = TOYS, persisted: text }: PageSetting = {},
): Promise<void> {
  const home = await Deno.makeTempDir();
  const persisted = text && `${home}/operations.json`;
  if (persisted) await Deno.writeTextFile(persisted, text);
  const server = await serve({
    ...{ port: 0, host: "127.0.0.1", home, plugins, deadline: 200 },
    ...(persisted && { persisted, persistedOnly: true }),
  });
  try {
    if (model) await makeModel(server.url);
    await withWindow(async (page) => {
      const complaints: string[] = [];
      page.on("pageerror", (error) => complaints.push(error.message));
      page.on("console", (message) => {
        if (/Content Security Policy/.test(message.text())) complaints.push(message.text());
      });
      await page.goto(`${server.url}#${address}`);
      await test(page, server, home);
      assertEquals(complaints, []);
    }, view);
  } finally {
    await server[Symbol.asyncDispose]();
    await Deno.remove(home, { recursive: true });
  }
}

/** Makes a model of toys, and waits for it. */
export async function makeModel(url: string): Promise<void> {
  await ask(url, "mutation { makeModel { __typename } }");
  await until(async () => (await ask(url, "{ probes { nodes { id } } }")).probes.nodes.length > 0);
}

/** The data of an operation. */
// deno-lint-ignore no-explicit-any -- the shape is that of the query
export async function ask(url: string, query: string, variables = {}): Promise<any> {
  const response = await fetch(`${url}graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()).data;
}

/** Waits until nothing of a kind is on the page any more. */
export async function gone(what: Locator): Promise<void> {
  await until(async () => await what.count() === 0);
}

/** Makes the toy paths of a page slow, so that something can happen while they are on their way. */
export async function slowPaths(page: Page): Promise<void> {
  await page.route("**/graphql", (route: Route) => {
    const { query, variables } = route.request().postDataJSON();
    if (!query?.includes("mutation Start(")) return route.continue();
    const input = { ...variables.input, steps: 30, delay: 100 };
    return route.continue({ postData: JSON.stringify({ query, variables: { input } }) });
  });
}

/** A test that is skipped without a browser. */
export function browserTest(
  name: string,
  run: () => Promise<void>,
  more: { timeout?: number } = {},
): void {
  // Playwright leaves timers and pipes of its own behind.
  const sanitize = { sanitizeOps: false, sanitizeResources: false };
  Deno.test({ name, ignore: !executablePath, fn: run, ...sanitize, ...more });
}
