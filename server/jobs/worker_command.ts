/** The command that starts a worker process. */

import { CountergradeError } from "@countergrade/countergrade";

/** Kinds of rights. */
const RIGHTS = ["read", "write", "net", "env", "run", "ffi", "sys"] as const;

/**
 * Deno itself with the project's configuration, so that names mean the same there, and with the rights that this process has.
 *
 * @throws {CountergradeError} FORBIDDEN, when this process may not start another.
 */
export function workerCommand(store?: string): Deno.Command {
  const command = Deno.execPath();
  const isGranted = (right: Deno.PermissionDescriptor) =>
    Deno.permissions.querySync(right).state === "granted";
  if (!isGranted({ name: "run", command })) {
    throw new CountergradeError(
      "FORBIDDEN",
      `Cannot start a worker: Deno may not start processes; allow it with --allow-run=${command}`,
    );
  }
  const whole = RIGHTS.filter((name) => isGranted({ name }));
  const all = whole.length === RIGHTS.length;
  const configuration = new URL("../../deno.json", import.meta.url);
  const args = [
    "run",
    "--quiet",
    "--no-prompt",
    "--no-check",
    ...configuration.protocol === "file:" ? ["--config", configuration.pathname] : [],
    ...all ? ["--allow-all"] : [
      ...configuration.protocol === "file:" ? ["-P=countergrade"] : [],
      ...whole.map((name) => `--allow-${name}`),
      ...whole.includes("run") ? [] : [`--allow-run=${command}`],
      ...further(store, isGranted),
    ],
    "--unstable-worker-options",
    new URL("./worker_process.ts", import.meta.url).href,
  ];
  return new Deno.Command(command, { args, stdin: "piped", stdout: "piped", stderr: "inherit" });
}

/** Rights beyond those of the configuration, whose lists they take the place of: to reach the store, and to load PyTorch. */
function further(
  store: string | undefined,
  isGranted: (right: Deno.PermissionDescriptor) => boolean,
): string[] {
  const flags: string[] = [];
  const { hostname = "", port = "" } = store !== undefined ? new URL(store) : {};
  const host = `${hostname}:${port || 5432}`;
  if (hostname && !hostname.includes("%") && isGranted({ name: "net", host })) {
    flags.push(`--allow-net=127.0.0.1,localhost,0.0.0.0,${host}`);
  }
  const variable = "COUNTERGRADE_TORCH";
  const path = isGranted({ name: "env", variable }) ? Deno.env.get(variable) : undefined;
  if (path && isGranted({ name: "ffi", path })) flags.push(`--allow-ffi=node_modules,${path}`);
  return flags;
}
