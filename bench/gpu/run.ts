/** How the scripts of the GPU measurements are started. */

/** Arguments of `deno`: the packages are taken as they lie there, for there may be no network to ask. */
export const RUN = [
  ...["run", "-A", "--no-lock", "--no-check", "--cached-only", "--node-modules-dir=manual"],
];
