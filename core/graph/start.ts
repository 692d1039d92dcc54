/** Starting on a provider: which ones this machine has, and what to do when one fails. */

import { createRequire } from "node:module";
import { ProviderError } from "../errors.ts";
import type { Provider, ProviderChoice } from "../provider.ts";
import { tensor } from "../tensor.ts";
import { add, Graph, mul } from "./graph.ts";
import { loadRuntime, runtimeReason } from "./runtime.ts";
import { Session } from "./session.ts";
import { hasTorch } from "./torch/library.ts";

/** What {@linkcode startOn} started, and where. */
export interface Started<T> {
  /** Where it runs: the one that was asked for, or what came after it. */
  readonly provider: Provider;
  /** What was made. */
  readonly value: T;
}

/**
 * Whether this machine has what a provider needs, found out without starting it: in the order of preference of `auto`.
 * A Vulkan driver in software counts as none: the CPU provider is many times faster.
 */
const PRESENT: readonly [Provider, () => Promise<boolean>][] = [
  ["torch:cuda", () => Promise.resolve(hasTorch("cuda") && hasFile("/dev/nvidiactl"))],
  ["cuda", async () => await isBuiltIn("cuda") && hasCudaLibrary()],
  ["webgpu", async () => await isBuiltIn("webgpu") && await hasGraphicsProcessor()],
  ["coreml", () => isBuiltIn("coreml")],
  ["dml", () => isBuiltIn("dml")],
];

/**
 * Makes something that runs graphs, on the provider that was asked for. A provider that cannot start — its library, its
 * device or the graphs themselves fail — is left with a warning that says why, for the next one, at last the CPU. PyTorch's
 * library is not left: who names it has it somewhere.
 *
 * @throws Whatever `make` throws on the CPU.
 * @throws {ProviderError} When `torch` is asked for and cannot be used.
 * @example
 * ```ts
 * import { Graph, mul, Session, startOn } from "@countergrade/countergrade/engine";
 * import { assertEquals } from "@std/assert";
 *
 * const graph = new Graph();
 * graph.output("y", mul(graph.input("x", [3]), 2));
 * const started = await startOn("cpu", (provider) => Session.compile(graph, { provider }));
 * assertEquals(started.provider, "cpu");
 * await started.value[Symbol.asyncDispose]();
 * ```
 */
export async function startOn<T>(
  choice: ProviderChoice,
  make: (provider: Provider) => Promise<T>,
  warn: (message: string) => void = () => {},
): Promise<Started<T>> {
  const wanted = choice === "auto" ? await presentProviders() : [choice];
  for (const provider of wanted.filter((name) => name !== "cpu")) {
    try {
      await check(provider);
      return { provider, value: await make(provider) };
    } catch (error) {
      if (choice.split(":")[0] === "torch") throw error;
      const next = wanted[wanted.indexOf(provider) + 1] ?? "cpu";
      warn(`${provider} cannot be used, going on with ${next}: ${runtimeReason(error)}`);
    }
  }
  return { provider: "cpu", value: await make("cpu") };
}

/** The providers that `auto` tries, the best first, without the CPU. Asked for once per process. */
export function presentProviders(): Promise<readonly Provider[]> {
  return present ??= (async () => {
    const found: Provider[] = [];
    for (const [provider, isPresent] of PRESENT) {
      if (await isPresent()) found.push(provider);
    }
    return found;
  })();
}
let present: Promise<readonly Provider[]> | undefined;

/** Runs a graph of two nodes, once per process and provider. @throws When it fails, or computes something else. */
function check(provider: Provider): Promise<void> {
  let checked = checks.get(provider);
  if (!checked) checks.set(provider, checked = tryOut(provider));
  return checked;
}
const checks = new Map<Provider, Promise<void>>();

async function tryOut(provider: Provider): Promise<void> {
  const graph = new Graph();
  const x = graph.input("x", [3]);
  graph.output("y", add(mul(x, x), 1));
  await using session = await Session.compile(graph, { provider });
  const { y } = await session.run({ x: tensor([3], [1, 2, 3]) });
  if (y.data.join() !== "2,5,10") {
    throw new ProviderError(`expected 2, 5, 10 from a first graph, it computed ${y.data.join()}`);
  }
}

async function isBuiltIn(provider: Provider): Promise<boolean> {
  const { listSupportedBackends } = await loadRuntime();
  return listSupportedBackends().some(({ name }) => name === provider);
}

/** onnxruntime's package leaves the CUDA provider to the user, who puts its library beside the others. */
function hasCudaLibrary(): boolean {
  const name = Deno.build.os === "windows"
    ? "onnxruntime_providers_cuda.dll"
    : "libonnxruntime_providers_cuda.so";
  const arch = Deno.build.arch === "aarch64" ? "arm64" : "x64";
  const platform = Deno.build.os === "windows" ? "win32" : Deno.build.os;
  try {
    const entry = createRequire(import.meta.url).resolve("onnxruntime-node");
    const folder = `${entry.slice(0, entry.lastIndexOf("dist"))}bin`;
    // A folder per version of Node's native interface.
    return Deno.readDirSync(folder).some(({ name: version }) =>
      hasFile(`${folder}/${version}/${platform}/${arch}/${name}`)
    );
  } catch {
    return false;
  }
}

function hasFile(path: string): boolean {
  try {
    return !Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

/** Deno's own WebGPU says what onnxruntime's does not: whether the adapter is a program on the CPU. */
async function hasGraphicsProcessor(): Promise<boolean> {
  try {
    const adapter = await quietly(() =>
      navigator.gpu.requestAdapter({ powerPreference: "high-performance" })
    );
    return adapter !== null && !adapter.info.isFallbackAdapter;
  } catch {
    return false;
  }
}

/** Without this variable, as in many containers, Mesa's drivers complain on stderr about a display that nobody asked for. */
async function quietly<T>(work: () => Promise<T>): Promise<T> {
  const name = "XDG_RUNTIME_DIR";
  const { state } = await Deno.permissions.query({ name: "env", variable: name });
  if (state !== "granted" || Deno.env.get(name) !== undefined) return await work();
  Deno.env.set(name, "/nonexistent");
  try {
    return await work();
  } finally {
    Deno.env.delete(name);
  }
}
