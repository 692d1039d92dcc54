/** Operations full of errors: each is checked once, not once for every comment or text that is put in. */

import { type DocumentNode, GraphQLError, TokenKind } from "graphql";
import { BoundedCache } from "./bounded_cache.ts";

/** From how many errors on an operation is remembered: somebody who is writing one has fewer. */
const MANY = 20;

/** How many characters of shapes are remembered, in all. */
const CAPACITY = 200_000;

/** What of a text does not tell whether it is valid: its words and punctuation do. */
const FILLER: ReadonlySet<string> = new Set([
  TokenKind.COMMENT,
  TokenKind.STRING,
  TokenKind.BLOCK_STRING,
  TokenKind.INT,
  TokenKind.FLOAT,
]);

/** Remembers refusals by the shape of their documents. */
export class RefusedShapes {
  readonly #errors = new BoundedCache<number>(CAPACITY);

  /** @throws {GraphQLError} BAD_INPUT, when a document of this shape was refused before. */
  check(document: DocumentNode): void {
    if (this.#errors.size === 0) return;
    const count = this.#errors.get(shapeOf(document));
    if (count === undefined) return;
    throw new GraphQLError(
      `Cannot run this operation: it has ${count} errors or more, as when it came before`,
      { extensions: { code: "BAD_INPUT", http: { status: 400, spec: true } } },
    );
  }

  /** Notes how a document was found. */
  note(document: DocumentNode, errors: readonly GraphQLError[]): void {
    if (errors.length >= MANY) this.#errors.set(shapeOf(document), errors.length);
  }
}

/** A document without comments, white space, and the content of its literals. */
function shapeOf({ loc }: DocumentNode): string {
  const words: string[] = [];
  for (let token = loc?.startToken.next; token?.next; token = token.next) {
    if (token.kind === TokenKind.COMMENT) continue;
    words.push(FILLER.has(token.kind) ? token.kind : token.value ?? token.kind);
  }
  return words.join(" ");
}
