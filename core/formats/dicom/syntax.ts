/** Transfer syntaxes: how pixels are coded (PS3.5, 10; PS3.6, annex A). */

import { refused } from "./refused.ts";

/** What has to be done to get at pixels. */
export type Coding =
  | "native"
  | "big"
  | "rle"
  | "deflated"
  | "baseline"
  | "extended"
  | "lossless"
  | "jpeg-ls"
  | "jpeg-2000";

const UID = "1.2.840.10008.1.2";

const CODINGS: Readonly<Record<string, Coding>> = {
  [UID]: "native",
  [`${UID}.1`]: "native",
  [`${UID}.1.99`]: "native",
  [`${UID}.2`]: "big",
  [`${UID}.5`]: "rle",
  [`${UID}.8.1`]: "deflated",
  [`${UID}.4.50`]: "baseline",
  [`${UID}.4.51`]: "extended",
  [`${UID}.4.57`]: "lossless",
  [`${UID}.4.70`]: "lossless",
  [`${UID}.4.80`]: "jpeg-ls",
  [`${UID}.4.81`]: "jpeg-ls",
  [`${UID}.4.90`]: "jpeg-2000",
  [`${UID}.4.91`]: "jpeg-2000",
  [`${UID}.4.92`]: "jpeg-2000",
  [`${UID}.4.93`]: "jpeg-2000",
  [`${UID}.4.201`]: "jpeg-2000",
  [`${UID}.4.202`]: "jpeg-2000",
  [`${UID}.4.203`]: "jpeg-2000",
};

/** Names of the syntaxes that are not read, for the message. */
const FOREIGN: readonly (readonly [string, string])[] = [
  [`${UID}.4.10`, "MPEG video"],
  [`${UID}.4.11`, "JPEG XL"],
  [`${UID}.4.94`, "pixels on a server (JPIP)"],
  [`${UID}.4.95`, "pixels on a server (JPIP)"],
  [`${UID}.4.5`, "JPEG of a retired kind"],
  [`${UID}.4.6`, "JPEG of a retired kind"],
];

/** The coding of a transfer syntax. @throws {FormatError} When it is not read, with its name and what helps. */
export function codingOf(syntax: string): Coding {
  const coding = CODINGS[syntax];
  if (coding) return coding;
  const name = FOREIGN.find(([prefix]) => syntax.startsWith(prefix))?.[1] ?? "unknown";
  throw refused(
    `its transfer syntax ${syntax} (${name}) is not read; \`gdcmconv --raw\` of GDCM makes it uncompressed`,
  );
}
