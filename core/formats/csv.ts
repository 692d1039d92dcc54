/** Tables: comma- or tab-separated files with a header row. */

import { CsvError, parse } from "csv-parse/sync";
import { refusal } from "../refusal.ts";

const refused = refusal("Cannot read the table");

/** A table. */
export interface Table {
  /** Names of the columns, as they stand in the file but for spaces around them. */
  readonly columns: readonly string[];
  /** Rows, each with as many texts as there are columns; empty lines are left out. */
  readonly rows: readonly (readonly string[])[];
}

/** The most rows that are read, and the longest row, in bytes. */
const MOST_ROWS = 1_000_000;
const LONGEST_ROW = 100_000;

/**
 * Reads a table in UTF-8, UTF-16 with a mark of its byte order, or Windows' Latin (RFC 4180: fields in quotes may hold separators and line ends). The separator is what the header
 * row has most of: comma, tab or semicolon.
 *
 * @throws {FormatError} Naming the line, when quotes do not close, a row has another number of fields,
 * a column's name occurs twice, or there is no header.
 * @example
 * ```ts
 * import { readTable } from "@countergrade/countergrade/formats";
 * import { assertEquals } from "@std/assert";
 *
 * const { columns, rows } = readTable(new TextEncoder().encode('path,label\n"a, b.png",2\n'));
 * assertEquals([columns, rows], [["path", "label"], [["a, b.png", "2"]]]);
 * ```
 */
export function readTable(bytes: Uint8Array): Table {
  const text = textOf(bytes);
  let records: string[][];
  try {
    records = parse(text, {
      delimiter: separatorOf(text),
      skip_empty_lines: true,
      trim: true,
      max_record_size: LONGEST_ROW,
      to: MOST_ROWS + 2,
    }) as string[][];
  } catch (error) {
    if (error instanceof CsvError) throw refused(error.message, error);
    throw error;
  }
  const [columns, ...rows] = records;
  if (!columns) throw refused("it has no header row");
  if (rows.length > MOST_ROWS) throw refused(`expected at most ${MOST_ROWS} rows`);
  const twice = columns.find((name, i) => columns.indexOf(name) < i);
  if (twice !== undefined) throw refused(`the column ${JSON.stringify(twice)} occurs twice`);
  return { columns, rows };
}

/** UTF-16 by its mark, else UTF-8 where the bytes are that, else Windows-1252, which any bytes are. */
function textOf(bytes: Uint8Array): string {
  const [a, b] = bytes;
  if (a === 0xff && b === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (a === 0xfe && b === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    if (bytes.includes(0)) throw refused("it is no text");
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

function separatorOf(text: string): string {
  const [line] = text.split("\n", 1);
  const count = (separator: string) => line.split(separator).length;
  return [",", "\t", ";"].reduce((best, one) => count(one) > count(best) ? one : best);
}

/**
 * The column of a table that goes by one of some names, whatever their case.
 *
 * @returns Its index, or -1.
 */
export function columnNamed({ columns }: Table, names: readonly string[]): number {
  const plain = (name: string) => name.toLowerCase().replace(/[\s_-]/g, "");
  const wanted = names.map(plain);
  return columns.findIndex((name) => wanted.includes(plain(name)));
}
