/** Kinds of DICOM files that hold no picture, by the beginning of their SOP class (PS3.4, B.5), for the message. */

import type { DataSet } from "dicom-parser";

const STORAGE = "1.2.840.10008.5.1.4.1.1.";

const KINDS: readonly (readonly [beginning: string, name: string])[] = [
  ["1.2.840.10008.1.3.10", "a DICOMDIR, the list of what is on a disc"],
  [`${STORAGE}88.59`, "a list of chosen objects (KO)"],
  [`${STORAGE}88.`, "a structured report (SR)"],
  [`${STORAGE}104.`, "a document"],
  [`${STORAGE}11.`, "a state of presentation (PR)"],
  [`${STORAGE}481.3`, "outlines of structures (RTSTRUCT)"],
  [`${STORAGE}481.5`, "a plan of radiation (RTPLAN)"],
  [`${STORAGE}481.8`, "a plan of radiation (RTPLAN)"],
  [`${STORAGE}481.`, "a record of radiation"],
  [`${STORAGE}9.`, "a curve over time, as an ECG"],
  [`${STORAGE}66.`, "a registration, raw data or a surface"],
  [`${STORAGE}66`, "raw data"],
  [`${STORAGE}67`, "a map to real-world values"],
  [`${STORAGE}4.2`, "a spectrum"],
];

/** What a file without pixels is, as `a structured report (SR)`; undefined where its kind is not known. */
export function kindWithoutPixels(set: DataSet): string | undefined {
  const sopClass = set.string("x00080016") ?? set.string("x00020002") ?? "";
  return KINDS.find(([beginning]) => sopClass.startsWith(beginning))?.[1];
}
