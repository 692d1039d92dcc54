/** Behind nginx as Debian installs it: events come when they happen, and all else as without it. Skipped where there is no nginx. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { serve } from "../../../../server/main.ts";
import { until } from "../../../until.ts";
import { streamOf, TOYS } from "../../toy_server.ts";

const NGINX = await installed();
if (!NGINX) console.log("No nginx found: the test behind it is skipped");

async function installed(): Promise<string | undefined> {
  for (const path of ["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/bin/nginx"]) {
    if (await Deno.stat(path).then(() => true, () => false)) return path;
  }
}

/** A port that nobody listens on. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** What Debian's nginx.conf says of answers, with two ways to the server: as short as can be, and with the public name passed on. */
function configuration(home: string, port: number, server: string): string {
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${home}/${name};`).join(" ");
  return `
    daemon off; pid ${home}/nginx.pid; error_log ${home}/error.log; worker_processes 1;
    events { worker_connections 100; }
    http {
      ${paths} access_log off; sendfile on; tcp_nopush on; gzip on;
      server {
        listen 127.0.0.1:${port};
        location / { proxy_pass ${server}; }
        location /lab/ {
          proxy_pass ${server};
          proxy_set_header Host lab.example;
          proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        }
      }
    }`;
}

Deno.test({
  name:
    "behind nginx with its defaults events are not gathered, and addresses below a path are right",
  ignore: !NGINX,
  async fn() {
    const home = await Deno.makeTempDir();
    const port = freePort();
    const url = `http://127.0.0.1:${port}`;
    try {
      await using server = await serve({
        ...{ port: 0, host: "127.0.0.1", home, plugins: TOYS },
        ...{ allowedHosts: ["lab.example"], trustedProxies: ["127.0.0.1"], basePath: "/lab" },
      });
      await Deno.writeTextFile(
        `${home}/nginx.conf`,
        configuration(home, port, server.url.slice(0, -1)),
      );
      const nginx = new Deno.Command(NGINX!, {
        args: ["-p", home, "-c", `${home}/nginx.conf`],
        stdout: "null",
        stderr: "null",
      }).spawn();
      try {
        await until(() =>
          fetch(`${url}/health`).then((response) => response.text(), () => "").then((text) =>
            text === "ok\n"
          )
        );
        for (const base of ["", "/lab"]) {
          const ask = (query: string, accept: string) =>
            fetch(`${url}${base}/graphql`, {
              method: "POST",
              headers: { "content-type": "application/json", accept },
              body: JSON.stringify({ query }),
            });
          const stream = streamOf(
            await ask(
              `subscription { event: countUp(input: { steps: 10000, delay: 50, seed: ${base.length} }) { jobId number } }`,
              "text/event-stream",
            ),
          );
          // The job has minutes to go: what comes now was not gathered.
          const { jobId: id } = (await stream.next())!.data.event;
          await stream.next();
          await stream.cancel();
          const events = await fetch(`${url}${base}/jobs/${id}/events`);
          const reader = events.body!.pipeThrough(new TextDecoderStream()).getReader();
          let text = "";
          while (!text.includes("id: 3\n")) text += (await reader.read()).value;
          await reader.cancel();
          const cancelled = await ask(
            `mutation { cancelJob(id: "${id}") { errors { code } } }`,
            "application/json",
          );
          assertEquals((await cancelled.json()).data.cancelJob.errors, []);
          const answer = await ask(
            '{ dataset(id: "bars") { image(index: 0) { image { url } } } }',
            "application/json",
          );
          const picture: string = (await answer.json()).data.dataset.image.image.url;
          assertStringIncludes(picture, "/lab/datasets/");
          const shown = await fetch(url + picture);
          assertEquals([shown.status, shown.headers.get("content-type")], [200, "image/png"]);
          await shown.body!.cancel();
          const page = await (await fetch(`${url}${base}/`)).text();
          assertStringIncludes(page, 'src="page.js"');
          const script = await fetch(`${url}${base}/page.js`);
          assert((await script.text()).length > 10_000);
        }
      } finally {
        nginx.kill("SIGTERM");
        await nginx.status;
      }
    } finally {
      await Deno.remove(home, { recursive: true });
    }
  },
});
