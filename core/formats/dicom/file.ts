/** DICOM files as data sets: with and without the preamble of PS3.10, deflated or not. */

import dicomParser, { type DataSet } from "dicom-parser";
import { FormatError } from "../../errors.ts";
import { inflate, mostInflated } from "../inflate.ts";
import { MAX_VOXELS } from "../volume.ts";
import { refused } from "./refused.ts";

const IMPLICIT = "1.2.840.10008.1.2";
const EXPLICIT = "1.2.840.10008.1.2.1";

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

/**
 * Takes a file apart.
 *
 * @throws {FormatError} When it is no DICOM file, or cut off.
 */
export function parsedDicom(file: Uint8Array): DataSet {
  try {
    const whole = hasPreamble(file) ? file : withPreamble(file);
    return dicomParser.parseDicom(whole, { inflater } as dicomParser.ParseDicomOptions);
  } catch (error) {
    if (error instanceof FormatError) throw error;
    const reason = error instanceof Error ? error.message : (error as { exception?: string })
      ?.exception ?? String(error);
    throw refused(reason, error);
  }
}

/** The same file with a preamble, and the transfer syntax that its first element shows. */
function withPreamble(file: Uint8Array): Uint8Array {
  if (!beginsWithElement(file)) throw refused("it has no preamble that ends with DICM");
  const head = [...new Uint8Array(128), ...ascii("DICM")];
  if (file[0] === 8) {
    const syntax = ascii(
      (FIRST_KINDS.includes(kindAt(file)) ? EXPLICIT : IMPLICIT).padEnd(20, "\0"),
    );
    head.push(2, 0, 0x10, 0, ...ascii("UI"), syntax.length, 0, ...syntax);
  }
  const out = new Uint8Array(head.length + file.length);
  out.set(head);
  out.set(file, head.length);
  return out;
}

const ascii = (text: string) => Array.from(text, (letter) => letter.charCodeAt(0));

/** What dicom-parser asks for where the rest of a file is deflated: the whole file as if it were not. */
function inflater(file: Uint8Array, position: number): Uint8Array {
  const packed = file.subarray(position);
  const rest = inflate(packed, Math.min(MAX_VOXELS, mostInflated(packed.length)), { raw: true });
  const out = new Uint8Array(position + rest.length);
  out.set(file.subarray(0, position));
  out.set(rest, position);
  return out;
}
