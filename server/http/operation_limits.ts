/** What an operation may look like, checked on its text, before anything is validated or computed. */

import { type ASTNode, type DocumentNode, GraphQLError, Kind, visit } from "graphql";
import type { Plugin as YogaPlugin } from "graphql-yoga";

/** The greatest operation. What it may cost is bounded in `schema/builder.ts`. */
export const OPERATION_LIMITS = {
  /** Of the text, white space and comments included. */
  characters: 100_000,
  tokens: 4_000,
  aliases: 100,
  directives: 100,
  /** Selections, and lists and objects of arguments, inside each other. Introspection needs about 15. */
  levels: 30,
} as const;

type Limit = keyof typeof OPERATION_LIMITS;

/** Refuses operations beyond {@linkcode OPERATION_LIMITS} with errors of code LIMIT. */
export function limitOperations(): YogaPlugin {
  return {
    onParse: ({ params, parseFn, setParseFn }) => {
      hold("characters", String(params.source).length);
      setParseFn((source: string, options: object) => {
        const document = parseWithin(() =>
          parseFn(source, { ...options, maxTokens: OPERATION_LIMITS.tokens })
        );
        for (const [limit, count] of Object.entries(shapeOf(document))) {
          hold(limit as Limit, count);
        }
        return document;
      });
    },
  };
}

function parseWithin(parse: () => DocumentNode): DocumentNode {
  try {
    return parse();
  } catch (error) {
    // The parser calls itself for each level: thousands of them are too many for the stack.
    if (error instanceof RangeError) throw refusal("levels", "more");
    if (!(error instanceof GraphQLError && /more than \d+ tokens/.test(error.message))) throw error;
    throw refusal("tokens", "more");
  }
}

/** How an operation is written: fragments count once, however often they are used. */
function shapeOf(document: DocumentNode): Record<"aliases" | "directives" | "levels", number> {
  const shape = { aliases: 0, directives: 0, levels: 0 };
  let level = 0;
  visit(document, {
    enter(node) {
      if (node.kind === Kind.FIELD && node.alias) shape.aliases++;
      if (node.kind === Kind.DIRECTIVE) shape.directives++;
      if (isLevel(node)) shape.levels = Math.max(shape.levels, ++level);
    },
    leave(node) {
      if (isLevel(node)) level--;
    },
  });
  return shape;
}

function isLevel({ kind }: ASTNode): boolean {
  return kind === Kind.SELECTION_SET || kind === Kind.LIST || kind === Kind.OBJECT ||
    kind === Kind.LIST_TYPE;
}

function hold(limit: Limit, count: number): void {
  if (count > OPERATION_LIMITS[limit]) throw refusal(limit, count);
}

function refusal(limit: Limit, came: number | "more"): GraphQLError {
  const most = OPERATION_LIMITS[limit];
  return new GraphQLError(
    `Cannot run this operation: expected at most ${most} ${limit}, there are ${came}`,
    { extensions: { code: "LIMIT", http: { status: 400, spec: true } } },
  );
}
