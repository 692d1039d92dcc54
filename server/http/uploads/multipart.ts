/** Uploads by the GraphQL multipart request specification (jaydenseric/graphql-multipart-request-spec, version 2). */

import { CountergradeError, InputError } from "@countergrade/countergrade";

/** What a request with files may be: a file of 20 MB, and what is around it. */
export const FORM_LIMITS = { bytes: 21_000_000, ms: 240_000 };
/** The most files of one request. */
const MAX_FILES = 4;

/** A request with its files taken out. */
export interface Multipart {
  /** The operation as JSON; where a file was stands a name of {@linkcode files}. */
  readonly request: Request;
  readonly files: ReadonlyMap<string, File>;
}

/** Whether a request is a form with files. */
export function isMultipart({ headers }: Request): boolean {
  return /^multipart\/form-data\b/i.test(headers.get("content-type") ?? "");
}

/**
 * Takes a form of `operations`, `map` and files apart: the body of a request.
 *
 * @throws {InputError} When it does not follow the specification.
 * @throws {CountergradeError} LIMIT, when it has too many files.
 */
export async function readMultipart(
  request: Request,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Multipart> {
  const form = await formOf(request, bytes);
  const operations = jsonField(form, "operations");
  const map = jsonField(form, "map");
  const entries = Object.entries(map);
  if (entries.length > MAX_FILES) {
    throw new CountergradeError(
      "LIMIT",
      `Cannot read the form: expected at most ${MAX_FILES} files, it has ${entries.length}`,
    );
  }
  const files = new Map<string, File>();
  for (const [field, paths] of entries) {
    const file = form.get(field);
    if (!(file instanceof File)) throw wrong(`expected a file in the field "${field}"`);
    if (!Array.isArray(paths)) throw wrong(`expected a list of paths for "${field}" in "map"`);
    const name = `upload:${files.size}`;
    files.set(name, file);
    for (const path of paths) place(operations, path, name);
  }
  const headers = new Headers(request.headers);
  headers.set("content-type", "application/json");
  headers.delete("content-length");
  const body = JSON.stringify(operations);
  return { request: new Request(request.url, { method: "POST", headers, body }), files };
}

/** Puts a file's name where the operation has null for it. */
function place(operations: Fields, path: unknown, name: string): void {
  const keys = typeof path === "string" ? path.split(".") : [];
  const last = keys.pop();
  let at: unknown = operations;
  for (const key of keys) at = own(at, key);
  if (keys[0] !== "variables" || last === undefined || own(at, last) !== null) {
    throw wrong(`expected null in the operation at ${JSON.stringify(path)}`);
  }
  (at as Fields)[last] = name;
}

function own(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key)
    ? (value as Fields)[key]
    : undefined;
}

type Fields = Record<string, unknown>;

function jsonField(form: FormData, name: string): Fields {
  const text = form.get(name);
  let value: unknown;
  try {
    value = JSON.parse(String(text));
  } catch {
    value = undefined;
  }
  if (typeof text !== "string" || typeof value !== "object" || !value || Array.isArray(value)) {
    throw wrong(`expected a field "${name}" with a JSON object`);
  }
  return value as Fields;
}

async function formOf(request: Request, body: Uint8Array<ArrayBuffer>): Promise<FormData> {
  const headers = { "content-type": request.headers.get("content-type") ?? "" };
  try {
    return await new Response(body, { headers }).formData();
  } catch (error) {
    throw wrong("it is damaged", error);
  }
}

function wrong(reason: string, cause?: unknown): InputError {
  return new InputError(`Cannot read the form: ${reason}`, [], { cause });
}
