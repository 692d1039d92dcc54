/** GraphiQL at `/graphiql`, for development: one page with all that it needs in it. */

/** Its script, styles and workers are inside the page; it talks to this server alone. */
const POLICY = [
  "default-src 'none'",
  "script-src 'unsafe-inline'",
  "worker-src blob:",
  "style-src 'unsafe-inline'",
  "img-src data:",
  "font-src data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const WELCOME = `# What there is, and what can be done:
{
  plugins { id version members { family name description } }
  tasks { name description }
}
`;

let page: Promise<string> | undefined;

/** Answers with the page. Its package is large, and loaded when it is first asked for. */
export async function respondWithGraphiql(request: Request): Promise<Response> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    return new Response("Method not allowed\n", { status: 405, headers: { allow: "GET, HEAD" } });
  }
  page ??= render();
  return new Response(request.method === "HEAD" ? null : await page, {
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": POLICY,
      "cache-control": "no-cache",
    },
  });
}

async function render(): Promise<string> {
  const { renderGraphiQL } = await import("@graphql-yoga/render-graphiql");
  return renderGraphiQL({
    title: "Countergrade GraphiQL",
    endpoint: "/graphql",
    defaultQuery: WELCOME,
    method: "POST",
  });
}
