/** Small inputs that once failed, beside a checkout; tests of them say so where they are absent. */

const folder = new URL("../../shared/cases/", import.meta.url);

/** The address of a case, as `05_rgb16.dcm`. */
export function caseAt(name: string): URL {
  return new URL(name, folder);
}

const there = await Deno.stat(folder).then(() => true, () => false);

/** A test of a case, ignored where the cases are absent. */
export function caseTest(name: string, run: () => void | Promise<void>): void {
  Deno.test({ name, ignore: !there, fn: run });
}
