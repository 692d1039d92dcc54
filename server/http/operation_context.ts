/** The context of an operation: what resolvers may call, and the request that it came with. */

import type { Call } from "./access/caller.ts";
import type { Services } from "../schema/services.ts";

/** See the file's own comment. */
export interface OperationContext extends Services {
  readonly call: Call;
}
