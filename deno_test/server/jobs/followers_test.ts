/** Jobs that are cancelled when the last who wants them has left, and no others. */

import type { Job, JobEvent } from "@countergrade/countergrade/jobs";
import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { Followers } from "../../../server/jobs/followers.ts";

const job = { id: "job-1", state: "running" } as Job;

/** Followers, the jobs that they had cancelled, and what lets those end. */
function setting() {
  const cancelled: string[] = [];
  const { promise, resolve: end } = Promise.withResolvers<void>();
  const followers = new Followers({
    cancel(id) {
      cancelled.push(id);
      return Promise.resolve(job);
    },
    watch: () => ({
      async *[Symbol.asyncIterator](): AsyncGenerator<JobEvent> {
        await promise;
        yield* [];
      },
    }),
  }, { grace: 1000 });
  return { followers, cancelled, end };
}

Deno.test("a job is cancelled when the last of those who asked for it has left", async () => {
  const { followers, cancelled, end } = setting();
  followers.asked(job, "alice");
  followers.asked(job, "alice");
  followers.asked(job, "bob");
  assertEquals(await followers.leave("job-1", "alice", "a"), false);
  assertEquals(await followers.leave("job-1", "alice", "a"), false, "nobody leaves twice");
  assertEquals(await followers.leave("job-1", "carol", "c"), false, "who never asked cannot leave");
  assertEquals(await followers.leave("job-1", "bob", "b"), false);
  assertEquals(cancelled, []);
  assertEquals(await followers.leave("job-1", "alice", "another"), true);
  assertEquals(cancelled, ["job-1"]);
  const ended = followers.ended("job-1");
  end();
  assertEquals(await ended, true, "whoever asks again waits until it has ended");
  assertEquals(await followers.ended("job-1"), false);
});

Deno.test("who asks without following keeps the job; one of before the server started is nobody's", async () => {
  const { followers, cancelled } = setting();
  followers.asked(job, "client");
  followers.asked(job, "page");
  await followers.leave("job-1", "page", "p");
  await followers.leave("job-0", "page", "p");
  followers.asked({ ...job, id: "job-2", state: "done" }, "page");
  assertEquals(await followers.leave("job-2", "page", "p"), false);
  assertEquals(cancelled, []);
});

Deno.test("who stays away has left; who comes back in time has not", async () => {
  using time = new FakeTime();
  const { followers, cancelled } = setting();
  followers.asked(job, "page");
  followers.connected("job-1", "p");
  followers.disconnected("job-1", "page", "p");
  await time.tickAsync(900);
  followers.connected("job-1", "p");
  await time.tickAsync(5000);
  assertEquals(cancelled, []);
  followers.disconnected("job-1", "page", "p");
  await time.tickAsync(1000);
  assertEquals(cancelled, ["job-1"]);
});

Deno.test("a server that ends leaves the jobs as they are", async () => {
  using time = new FakeTime();
  const { followers, cancelled } = setting();
  followers.asked(job, "page");
  followers.disconnected("job-1", "page", "p");
  followers[Symbol.dispose]();
  await time.tickAsync(5000);
  assertEquals(cancelled, []);
});
