/**
 * Conformance suites for plugins: what each family promises, as checks to run on a member of your own.
 *
 * @module
 */

export * from "./testing/check.ts";
export * from "./testing/toy_codes.ts";
export * from "./testing/dataset.ts";
export * from "./testing/encoder.ts";
export * from "./testing/probe.ts";
export * from "./testing/editor.ts";
export * from "./testing/toy_path.ts";
export * from "./testing/metric.ts";
export * from "./testing/memory_job.ts";
export * from "./testing/judge.ts";
export * from "./testing/task.ts";
export * from "./testing/plugin.ts";
export * from "./testing/toy_jobs.ts";
export * from "./testing/store.ts";
