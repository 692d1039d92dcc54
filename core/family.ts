/** Families: kinds of interchangeable parts. A plugin may bring members, and new kinds. */

/** A kind of interchangeable part. Families are values: a plugin may bring a new one. */
export interface Family<Member extends { readonly name: string }> {
  /** Plural, unique in the host: `probes`. */
  readonly name: string;
  /** What its members do, in a few words. */
  readonly description: string;
  /** Carries the member type; never set. */
  readonly member?: Member;
}

/** Makes a family. */
export function defineFamily<Member extends { readonly name: string }>(
  name: string,
  description: string,
): Family<Member> {
  return { name, description };
}

/**
 * Options of a member that is not known by name: its schema checks them at run time. A family's members differ in the type of
 * their options, so the family cannot say it.
 */
// deno-lint-ignore no-explicit-any -- see above
export type AnyOptions = any;
