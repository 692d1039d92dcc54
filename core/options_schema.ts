/** What checks options and says what they are: a zod schema. */

import type * as zod from "zod";

/**
 * A zod schema that gives `Options`, as `z.strictObject({ c: z.number().positive().default(1) })`: it checks what a caller gives,
 * fills in defaults, and says itself as JSON schema, from which forms, flags and the API are made.
 */
export type OptionsSchema<Options = unknown> = InstanceType<(typeof zod)["ZodType"]> & {
  /** Where zod keeps the type that comes out. */
  readonly _zod: { readonly output: Options };
};
