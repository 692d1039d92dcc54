/** Prints the operations of the page as `--persisted` takes them: a server with `--persisted-only` runs no others. */

import { sha256 } from "@countergrade/countergrade/jobs";
import * as explorer from "./explorer/operations.ts";
import * as form from "./form/operations.ts";
import * as jobs from "./jobs/operations.ts";
import * as map from "./map/operations.ts";
import * as shared from "./shared/operations.ts";
import * as study from "./study/operations.ts";

/** All documents of the page, by their SHA-256. */
export function pageOperations(): Record<string, string> {
  const documents = [shared, form, jobs, map, study, explorer]
    .flatMap((module) => Object.values<string>(module));
  return Object.fromEntries(documents.map((document) => [sha256(document), document]));
}

if (import.meta.main) console.log(JSON.stringify(pageOperations(), null, 2));
