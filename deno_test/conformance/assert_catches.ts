/** Does a conformance suite catch what it is there for? */

import { type Check, ConformanceError } from "@countergrade/countergrade/testing";
import { assertEquals } from "@std/assert";

/** The names of the checks that fail. @throws Whatever is no finding of the suite. */
export async function failures(checks: readonly Check[]): Promise<string[]> {
  const failed: string[] = [];
  for (const { name, run } of checks) {
    try {
      await run();
    } catch (error) {
      // Any other error would be an accident of the broken member, not a finding.
      if (!(error instanceof ConformanceError)) throw error;
      failed.push(name);
    }
  }
  return failed;
}

/**
 * Registers tests that a sound member passes a suite, and that each check of it catches a member that is broken in just that way.
 *
 * @param broken A broken member for every check, by the check's name.
 */
export function assertCatches<Member>(
  family: string,
  suite: (member: Member) => Check[],
  sound: Member,
  broken: Readonly<Record<string, Member>>,
): void {
  Deno.test(`the suite of ${family} passes a sound member`, async () => {
    assertEquals(await failures(suite(sound)), []);
  });
  Deno.test(`the suite of ${family} has a broken member for every check`, () => {
    assertEquals(Object.keys(broken).sort(), suite(sound).map(({ name }) => name).sort());
  });
  for (const [name, member] of Object.entries(broken)) {
    Deno.test(`the suite of ${family} catches: not "${name}"`, async () => {
      const failed = await failures(suite(member).filter((check) => check.name === name));
      assertEquals(failed, [name]);
    });
  }
}
