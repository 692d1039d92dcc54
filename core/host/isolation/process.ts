/**
 * The process of an isolated plugin. The plugin has a thread in it that may do nothing but compute; this one, which runs code of
 * ours only, passes frames on, watches time and memory, and ends with the process that has started it.
 */

import { frames, packed, rings } from "./frames.ts";
import { newChannel, send } from "./blocking_channel.ts";
import type { ProcessStart } from "./messages.ts";

/** How often the plugin's thread is looked at, in ms. */
const TICK = 50;
/** How much later than the host this process ends a thread that stands still, in ms: the host knows better what it was at. */
const LATER = 1_000;

const { module, specifier, permissions, seconds, megabytes }: ProcessStart = JSON.parse(
  Deno.args[0],
);

const stdout = Deno.stdout.writable.getWriter();

/** Ends the process; `why` goes to whoever is there to hear it. */
function leave(why: string): void {
  clearInterval(watch);
  // A pipe that nobody empties must not keep the process.
  setTimeout(() => Deno.exit(1), 1_000);
  const told = [false, true].map((waits) => stdout.write(packed({ type: "ended", why }, waits)));
  Promise.allSettled(told).then(() => Deno.exit(1));
}

// The import is written out: a thread without permissions may load what its own text names, and nothing else.
const server = new URL("./worker.ts", import.meta.url).href;
const [from, imported, name] = [server, module, specifier].map((text) => JSON.stringify(text));
const text = `import { serve } from ${from};\nserve(() => import(${imported}), ${name});\n`;
const worker = new Worker(`data:text/javascript,${encodeURIComponent(text)}`, {
  type: "module",
  name: `plugin ${specifier}`,
  deno: { permissions },
});

/** Memory before the plugin is there, in bytes. */
let base: number | undefined;
/** For how many ticks its thread has said nothing. */
let silent = 0;

worker.onmessage = ({ data }: MessageEvent<Uint8Array | "here">) => {
  if (data instanceof Uint8Array) return void stdout.write(data).catch(() => {});
  silent = 0;
  base ??= Deno.memoryUsage().rss;
};
worker.onerror = (event) => {
  event.preventDefault();
  leave(`crashed: ${event.message}`);
};
const watch = setInterval(() => {
  if (base === undefined) return;
  if (++silent * TICK > seconds * 1_000 + LATER) leave(`took longer than ${seconds} s`);
  else if (Deno.memoryUsage().rss - base > megabytes * 1e6) {
    leave(`took more than ${megabytes} MB of memory`);
  }
}, TICK);

// A terminal interrupts all processes of a command, a service manager ends them: what becomes of this one is its host's to say.
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  if (signal === "SIGINT" || Deno.build.os !== "windows") Deno.addSignalListener(signal, () => {});
}

const [near, far] = newChannel();
worker.postMessage(far, [far.port]);
// What has begun to come is there soon: to stand still for it takes half the time.
const rest = Deno.stdin.readSync.bind(Deno.stdin);
for await (const frame of frames(Deno.stdin.read.bind(Deno.stdin), { rest })) {
  if (rings(frame)) send(near, frame);
  else worker.postMessage(frame, [frame]);
}
// Whoever has started this process is gone.
Deno.exit(0);
