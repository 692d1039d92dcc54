/** Loaded before the tests, `deno test --preload=deno_test/preload.ts`, as `deno task test` does. */

import { limitTests } from "./deadline.ts";

/** On cores of one's own, in ms; a machine that is busy gets as many times as much as processes want a core. */
const DEADLINE = 30_000;

const [wanting] = Deno.build.os === "windows" ? [0] : Deno.loadavg();
limitTests(DEADLINE * Math.max(1, Math.ceil(wanting / navigator.hardwareConcurrency)));
