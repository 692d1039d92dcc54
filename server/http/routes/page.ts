/** The page at `/`: a few files from `page`, and nothing from elsewhere. */

const FILES: Record<string, { file: string; type: string }> = {
  "/": { file: "index.html", type: "text/html; charset=utf-8" },
  "/page.js": { file: "dist/page.js", type: "text/javascript; charset=utf-8" },
  // Loaded when somebody wants a file that it makes.
  "/export.js": { file: "dist/export.js", type: "text/javascript; charset=utf-8" },
  "/icon.svg": { file: "icon.svg", type: "image/svg+xml" },
};

/** The style sheet of the whole page, and those of its views, which lie beside their components. */
const SHEETS = [
  "page.css",
  "shared/controls.css",
  "form/form.css",
  "jobs/job.css",
  "jobs/jobs.css",
  "training/training.css",
  "study/study.css",
  "map/map.css",
  "explorer/explorer.css",
  "explorer/stage.css",
  "explorer/viewer/viewer.css",
  "explorer/choose/choose.css",
];
// In a folder of their own: views are called as some routes are.
for (const file of SHEETS) FILES[`/styles/${file}`] = { file, type: "text/css; charset=utf-8" };

/** Scripts, styles, pictures and connections from this server only; nothing inline, no frames around the page. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** Answers a request for the page or one of its files. */
export async function respondWithPage(request: Request, url: URL): Promise<Response> {
  const known = Object.hasOwn(FILES, url.pathname) ? FILES[url.pathname] : undefined;
  if (!known) return new Response("Not found\n", { status: 404 });
  if (request.method !== "GET" && request.method !== "HEAD") {
    return new Response("Method not allowed\n", { status: 405, headers: { allow: "GET, HEAD" } });
  }
  const bytes = await Deno.readFile(new URL(`../../page/${known.file}`, import.meta.url));
  return new Response(request.method === "HEAD" ? null : bytes, {
    headers: {
      "content-type": known.type,
      "content-length": String(bytes.length),
      "content-security-policy": POLICY,
      "cache-control": "no-cache",
    },
  });
}
