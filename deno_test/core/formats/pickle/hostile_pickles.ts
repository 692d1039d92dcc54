/** Pickles made to hurt: each is read in a process with little memory, and must end in a FormatError or inert data. */

import { FormatError } from "@countergrade/countergrade";
import { plainOf, readPickle } from "../../../../core/formats/pickle/pickle.ts";
import { readTorchCheckpoint } from "../../../../core/formats/torch_checkpoint.ts";
import { writeZip } from "../../../../core/formats/zip.ts";

/** Latin-1 text as bytes; pickles are easiest written so. */
export function program(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

/** `build` for 0 … n − 1, joined. */
function times(n: number, build: (i: number) => string): string {
  return Array.from({ length: n }, (_, i) => build(i)).join("");
}

/** Containers that hold the one before twice, 60 times: 2⁶⁰ parts when unfolded. */
const doubled = (make: string) => "(lp0\n" + times(60, (i) => `(g${i}\ng${i}\n${make}p${i + 1}\n`);

/** By name: programs whose counts, depths or repetitions are far beyond what they hold. */
export const BOMBS: Readonly<Record<string, Uint8Array>> = {
  "bytes of 2⁶³": program("\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\x7f."),
  "bytes of 2³²": program("\x80\x03B\xff\xff\xff\xff."),
  "bytearray of 2⁶³": program("\x80\x05\x96\xff\xff\xff\xff\xff\xff\xff\x7f."),
  "text of 2⁶⁴": program("\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\xff."),
  "number of 2³² bytes": program("\x80\x02\x8b\xff\xff\xff\xff."),
  "number of 10⁵ digits": program("I" + "9".repeat(1e5) + "\n."),
  "frame of 2⁶³": program("\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\x7fN."),
  "memo 2³²": program("Nr\xff\xff\xff\xff."),
  "memo NaN": program("Npx\n0gx\n."),
  "10⁶ marks": program("(".repeat(1e6) + "t".repeat(1e6) + "."),
  "10⁵ nested lists": program("]".repeat(1e5) + "a".repeat(1e5 - 1) + "."),
  "10⁵ nested tuples": program(")" + "\x85".repeat(1e5) + "."),
  "10⁵ nested dicts": program("}" + "K\x01}".repeat(1e5) + "s".repeat(1e5) + "."),
  "10⁶ of the same": program("N" + "2".repeat(1e6) + "."),
  "list in itself": program("(lp0\ng0\na."),
  "dict in itself": program("(dp0\nI1\ng0\ns."),
  "dict as its own key": program("(dp0\ng0\nI1\ns."),
  "object in its own state": program("ca\nB\n)\x81p0\ng0\nb."),
  "lists doubled 60 times": program(doubled("l") + "."),
  "tuples doubled 60 times": program(doubled("t") + "."),
  "a doubled key": program(doubled("t") + "}g60\nI1\ns."),
  "a doubled name": program(doubled("t") + "g60\n\x93."),
  "a doubled type code": program(doubled("t") + "0cnumpy\ndtype\n(g60\ntR."),
  "a doubled byte order": program(
    doubled("t") + "0cnumpy\ndtype\n(S'f4'\ntR(I3\ng60\nNNNI-1\nI-1\nI0\ntb.",
  ),
  "a list copied 10⁴ times": program(
    "]q\0(" + "K\x01".repeat(1e4) + "e0" + "c__builtin__\nlist\nh\0\x85R0".repeat(1e4) + "N.",
  ),
  "a dict copied 10⁴ times": program(
    "}q\0(" + times(2e3, (i) => `I${i}\nN`) + "u0" +
      "ccollections\nOrderedDict\nh\0\x85R0".repeat(1e4) + "N.",
  ),
  "a text encoded 10⁴ times": program(
    `V${"a".repeat(1e5)}\nq\0` + "0c_codecs\nencode\nh\0S'latin1'\n\x86R".repeat(1e4) + ".",
  ),
  "a call with 10⁶ arguments": program("cbuiltins\nset\n(" + "N".repeat(1e6) + "tR."),
};

/** Reads every bomb in every way; what is no FormatError is thrown. */
export function readAll(): number {
  let refused = 0;
  const attempt = (read: () => unknown) => {
    try {
      read();
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      refused++;
    }
  };
  for (const [i, [name, bytes]] of Object.entries(BOMBS).entries()) {
    try {
      attempt(() => plainOf(readPickle(bytes)));
      attempt(() => plainOf(readPickle(bytes, { foreign: "inert" })));
      const archive = (content: Uint8Array) => writeZip(new Map([["a/data.pkl", content]]));
      attempt(() => readTorchCheckpoint(archive(bytes)));
      // The same within a dict, in turns as a state_dict, as hyper-parameters and as weights.
      const dict = program(`}S'${["state_dict", "hyper_parameters", "weights"][i % 3]}'\n`);
      const inner = bytes.subarray(0, bytes.length - 1);
      const nested = Uint8Array.from([...dict, ...inner, 0x73, 0x2e]);
      attempt(() => readTorchCheckpoint(archive(nested)));
    } catch (error) {
      throw new Error(`"${name}" is not only refused`, { cause: error });
    }
  }
  return refused;
}

if (import.meta.main) console.log(readAll());
