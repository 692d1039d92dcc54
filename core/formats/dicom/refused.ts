/** What the readers of DICOM throw. */

import { refusal } from "../../refusal.ts";

/** Makes the error of a file that is not read. */
export const refused = refusal("Cannot read the DICOM file");
