/** What the thread that reads an uploaded picture is told, and answers. */

import type { OwnImage } from "@countergrade/countergrade/images";
import type { JobError } from "@countergrade/countergrade/jobs";

/** The picture, or what is wrong with its file; `cause` is for the log. */
export type UploadReply = { image: OwnImage } | { error: JobError; cause: string };
