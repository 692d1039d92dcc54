/** Loaded before the tests, `deno test --preload=deno_test/preload.ts`, as `deno task test` does. */

import { limitTests } from "./deadline.ts";

/** How long a test may take that names no `timeout`, on cores of its own, in ms. */
const DEADLINE = 30_000;

limitTests(DEADLINE);
