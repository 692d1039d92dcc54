/** What the thread that reads an uploaded picture is told, and answers. */

import type { JobError, OwnImage } from "@countergrade/countergrade";

/** The picture, or what is wrong with its file. */
export type UploadReply = { image: OwnImage } | { error: JobError };
