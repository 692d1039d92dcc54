/** Operations that the server knows beforehand: clients send a hash instead of a document, as Apollo's do. */

import { CountergradeError, FormatError } from "@countergrade/countergrade";
import { sha256 } from "@countergrade/countergrade/jobs";
import { GraphQLError } from "graphql";
import type { Plugin as YogaPlugin } from "graphql-yoga";
import type { OperationContext } from "./operation_context.ts";

/** The operations of a server. */
export interface PersistedOperations {
  /** By the SHA-256 of the document. */
  readonly documents: ReadonlyMap<string, string>;
  /** Whether all others are refused. */
  readonly only: boolean;
}

/**
 * Reads a JSON file `{ "<sha256>": "<document>", … }`.
 *
 * @throws {CountergradeError} NOT_FOUND, when it cannot be read.
 * @throws {FormatError} When it is something else, or a hash is not that of its document.
 */
export async function readDocuments(path: string): Promise<Map<string, string>> {
  let text;
  try {
    text = await Deno.readTextFile(path);
  } catch (cause) {
    throw new CountergradeError("NOT_FOUND", `Cannot read the operations in "${path}"`, { cause });
  }
  const wrong = (reason: string) =>
    new FormatError(`Cannot use the operations in "${path}": ${reason}`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw wrong("expected JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw wrong('expected an object { "<sha256>": "<document>" }');
  }
  for (const [hash, document] of Object.entries(value)) {
    if (typeof document !== "string") throw wrong(`expected a text at "${hash}"`);
    const right = sha256(document);
    if (right !== hash) throw wrong(`the document at "${hash}" has the hash ${right}`);
  }
  return new Map(Object.entries(value));
}

/** Puts documents in the place of hashes, as `extensions.persistedQuery.sha256Hash` gives them. */
export function usePersisted(
  { documents, only }: PersistedOperations,
): YogaPlugin<OperationContext> {
  return {
    onParams({ params, setParams }) {
      const query: unknown = params?.query;
      const hash: unknown = params?.extensions?.persistedQuery?.sha256Hash;
      if (typeof query === "string" && query !== "") {
        const right = sha256(query);
        if (typeof hash === "string" && hash !== right) {
          throw refusal("BAD_INPUT", 400, `Cannot run this operation: its hash is ${right}`);
        }
        if (!only || documents.has(right)) return;
      } else if (typeof hash === "string") {
        const document = documents.get(hash);
        if (document !== undefined) return setParams({ ...params, query: document });
        // The words by which Apollo's clients know that they have to send the document.
        if (!only) throw refusal("PERSISTED_QUERY_NOT_FOUND", 404, "PersistedQueryNotFound");
      }
      if (!only) return;
      const expected = `one of the ${documents.size} operations that the server knows`;
      throw refusal("FORBIDDEN", 403, `Cannot run this operation: expected ${expected}`);
    },
  };
}

function refusal(code: string, status: number, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code, http: { status, spec: true } } });
}
