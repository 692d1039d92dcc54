/** DICOM files as data sets: with and without the preamble of PS3.10, deflated or not. */

import dicomParser, { type DataSet } from "dicom-parser";
import { FormatError } from "../../errors.ts";
import { inflate, mostInflated } from "../inflate.ts";
import { MAX_VOXELS } from "../volume.ts";
import { findFragments, joined } from "./fragments.ts";
import { PIXELS } from "./layout.ts";
import { refused } from "./refused.ts";

const IMPLICIT = "1.2.840.10008.1.2";
const EXPLICIT = "1.2.840.10008.1.2.1";
const DEFLATED = "1.2.840.10008.1.2.1.99";

/** Whether bytes are a DICOM file: 128 bytes of anything, then DICM; or its elements from the first byte on. */
export function isDicom(bytes: Uint8Array): boolean {
  return hasPreamble(bytes) || beginsWithElement(bytes);
}

function hasPreamble(bytes: Uint8Array): boolean {
  return bytes.length >= 132 && String.fromCharCode(...bytes.subarray(128, 132)) === "DICM";
}

/** Kinds of values with which the first elements of files are written. */
const FIRST_KINDS = ["UL", "UI", "CS", "OB", "DA", "TM", "SH", "LO", "AE"];

/** An element of group 2 or 8 with a short value: what older programs write without a preamble. */
function beginsWithElement(bytes: Uint8Array): boolean {
  if (bytes.length < 140 || (bytes[0] !== 2 && bytes[0] !== 8) || bytes[1] !== 0) return false;
  if (bytes[3] !== 0) return false;
  if (FIRST_KINDS.includes(kindAt(bytes))) return true;
  const length = bytes[4] + 256 * bytes[5] + 65_536 * bytes[6] + 2 ** 24 * bytes[7];
  return length % 2 === 0 && length <= 64;
}

const kindAt = (bytes: Uint8Array) => String.fromCharCode(bytes[4], bytes[5]);

/** A file taken apart. */
export interface ParsedDicom {
  readonly set: DataSet;
  /** How its pixels are coded, as it says; undefined where it does not. */
  readonly syntax?: string;
}

/**
 * Takes a file apart, also one that was written in another form than it says.
 *
 * @throws {FormatError} When it is no DICOM file, or cut off.
 */
export function parsedDicom(file: Uint8Array): ParsedDicom {
  try {
    if (!hasPreamble(file) && !beginsWithElement(file)) {
      throw refused("it has no preamble that ends with DICM");
    }
    return parsedAs(hasPreamble(file) ? file : joined(PREAMBLE, file));
  } catch (error) {
    if (error instanceof FormatError) throw error;
    const reason = error instanceof Error ? error.message : (error as { exception?: string })
      ?.exception ?? String(error);
    throw refused(reason, error);
  }
}

function parsedAs(file: Uint8Array): ParsedDicom {
  const head = dicomParser.readPart10Header(file) as DataSet & { position: number };
  const syntax = head.string("x00020010")?.trim();
  const form = isExplicitAt(file, head.position) ? EXPLICIT : IMPLICIT;
  if (syntax && (syntax === DEFLATED || (syntax === IMPLICIT) === (form === IMPLICIT))) {
    return { set: dicomParser.parseDicom(file, { inflater } as Options), syntax };
  }
  const named = joined(PREAMBLE, syntaxElement(form), file.subarray(head.position));
  if (form === EXPLICIT) return { set: dicomParser.parseDicom(named), syntax };
  // Compressed pixels of an implicit file would be taken for a sequence.
  const set = dicomParser.parseDicom(named, { untilTag: PIXELS.whole });
  findFragments(set);
  return { set, syntax };
}

type Options = dicomParser.ParseDicomOptions;

/** Whether the element at a place says of what kind its value is. */
function isExplicitAt(file: Uint8Array, at: number): boolean {
  return /^[A-Z]{2}$/.test(String.fromCharCode(...file.subarray(at + 4, at + 6)));
}

const ascii = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

const PREAMBLE = joined(new Uint8Array(128), ascii("DICM"));

/** The element that names a transfer syntax. */
function syntaxElement(uid: string): Uint8Array {
  const value = ascii(uid.padEnd(20, "\0"));
  return joined(Uint8Array.of(2, 0, 0x10, 0), ascii("UI"), Uint8Array.of(value.length, 0), value);
}

/** What dicom-parser asks for where the rest of a file is deflated: the whole file as if it were not. */
function inflater(file: Uint8Array, position: number): Uint8Array {
  const packed = file.subarray(position);
  const rest = inflate(packed, Math.min(MAX_VOXELS, mostInflated(packed.length)), { raw: true });
  const out = new Uint8Array(position + rest.length);
  out.set(file.subarray(0, position));
  out.set(rest, position);
  return out;
}
