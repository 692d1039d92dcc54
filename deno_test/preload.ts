/** Loaded before the tests, `deno test --preload=deno_test/preload.ts`, as `deno task test` does. */

import { crowd, limitTests } from "./deadline.ts";

/** How long a test may take that names no `timeout`, on cores of its own, in ms. */
const DEADLINE = 30_000;

/** How many processes of tests run beside each other, as the runner of all tests says. */
const beside = Number(Deno.env.get("COUNTERGRADE_TESTS_BESIDE") ?? 1);

limitTests(DEADLINE, Math.max(beside, crowd()));
