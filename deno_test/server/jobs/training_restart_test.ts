/** A real training through the command line: killed and started again it ends as if nothing had happened. */

import { writeNpz } from "@countergrade/countergrade/formats";
import { BlobStore, Workspace } from "@countergrade/countergrade/jobs";
import { assert, assertEquals } from "@std/assert";
import { until } from "../../until.ts";
import { bars, TINY } from "../../chain/chain.ts";

const cli = new URL("../../../server/cli/main.ts", import.meta.url).pathname;

const command = [
  "train-encoder",
  ...["--dataset", "bars", "--preset", TINY.preset, "--config", JSON.stringify(TINY.config)],
  ...["--steps", "60", "--batch-size", "4", "--checkpoint-every", "2", "--inspect-every", "30"],
  ...["--threads", "1", "--seed", "3", "--json"],
];

function spawn(folder: string, home: string): Deno.ChildProcess {
  const places = ["--data", folder, "--home", home];
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", "--no-lock", "--no-check", cli, ...command, ...places],
    env: { COUNTERGRADE_PLUGINS: "builtins" },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function finished(child: Deno.ChildProcess) {
  const { code, stdout, stderr } = await child.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assertEquals([code, text(stderr)], [0, ""]);
  return JSON.parse(text(stdout));
}

async function files(folder: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
  } catch {
    return [];
  }
}

/** Resolves when the job of a home folder has a whole checkpoint. */
async function checkpointIn(home: string): Promise<void> {
  await until(async () => (await files(home)).includes("countergrade.db"));
  // Joined as another owner: this test must not reclaim what it looks at.
  await using workspace = await Workspace.open(home, { owner: "test" });
  const { jobs, checkpoints } = workspace.store;
  // Opened once: the training is over soon, and keeps none then.
  await until(async () => {
    const [job] = (await jobs.list()).items;
    return job && (await checkpoints.list(job.checkpoint)).length > 0;
  });
}

/** Steps with their figures in the order told, and what the run stored. */
async function read(home: string) {
  await using workspace = await Workspace.open(home);
  const { store } = workspace;
  const jobs = (await store.jobs.list()).items;
  assertEquals(jobs.map(({ state }) => state), ["done"]);
  const told = await store.events.read(jobs[0].id, 0, 10_000);
  assertEquals(told.map(({ number }) => number), told.map((_, i) => i + 1));
  const bodies = told.map(({ body }) => body);
  const steps = bodies.flatMap((body, at) =>
    body.type === "progress" && body.metrics?.loss !== undefined
      ? [{ at, step: body.step, metrics: body.metrics }]
      : []
  );
  const starts = bodies.flatMap(({ type }, at) => type === "started" ? [at] : []);
  const { id, files } = (await store.artifacts.get(jobs[0].artifacts[0]))!;
  return { id, model: files["model.safetensors"], steps, starts, attempt: jobs[0].attempt };
}

/** Step to its figures; a step that was told twice has the same figures twice. */
function curve(steps: { step: number; metrics: Record<string, number> }[]) {
  const byStep = new Map<number, Record<string, number>>();
  for (const { step, metrics } of steps) {
    assertEquals(metrics, byStep.get(step) ?? metrics, `step ${step} was computed twice`);
    byStep.set(step, metrics);
  }
  return [...byStep].sort(([a], [b]) => a - b);
}

Deno.test(
  "kill -9 during a training, then the same command: it resumes, to the same weights and losses",
  { timeout: 120_000 },
  async () => {
    const folder = await Deno.makeTempDir();
    const [killed, whole] = [`${folder}/killed`, `${folder}/whole`];

    await Deno.writeFile(`${folder}/bars.npz`, writeNpz(bars()));
    const child = spawn(folder, killed);
    await checkpointIn(killed);
    child.kill("SIGKILL");
    const { signal, stdout } = await child.output();
    assertEquals([signal, stdout.length], ["SIGKILL", 0]);
    const resumed = await finished(spawn(folder, killed));
    const uninterrupted = await finished(spawn(folder, whole));

    const [a, b] = [await read(killed), await read(whole)];
    assertEquals([a.starts.length, b.starts.length], [2, 1]);
    const first = a.steps.find(({ at }) => at > a.starts[1])!;
    assert(first.step >= 3 && first.step < 60 && first.step % 2 === 1, `goes on at ${first.step}`);
    assertEquals([a.id, a.model], [b.id, b.model]);
    assertEquals(curve(a.steps), curve(b.steps));
    assertEquals(b.steps.map(({ step }) => step), Array.from({ length: 60 }, (_, i) => i + 1));
    const { encoder, steps, loss } = uninterrupted;
    assertEquals([resumed.encoder, resumed.steps, resumed.loss], [encoder, steps, loss]);
    assertEquals(await files(`${whole}/partial`), []);
    // The kill may have cut off a file.
    await new BlobStore(killed).sweep(0);
    assertEquals(await files(`${killed}/partial`), []);
    const kept = await Promise.all(
      (await files(`${killed}/sha256`)).map((at) => files(`${killed}/sha256/${at}`)),
    );
    assertEquals(kept.flat().filter((name) => name.endsWith(".checkpoint")), []);
    await Deno.remove(folder, { recursive: true });
  },
);
