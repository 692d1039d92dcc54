/** The encoders that stay loaded in this process, for the built-in tasks and those of others: each is there once. */

import { LoadedEncoders } from "./models.ts";

/** Disposed with the plugin of the path tasks. */
export const loaded: LoadedEncoders = new LoadedEncoders();
