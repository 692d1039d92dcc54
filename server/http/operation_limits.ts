/** What an operation may look like, checked on its text, before anything is validated or computed. */

import { type ASTNode, type DocumentNode, GraphQLError, Kind, visit } from "graphql";
import type { Plugin as YogaPlugin } from "graphql-yoga";
import { RefusedShapes } from "./refused_shapes.ts";

/** The greatest operation. What it may cost is bounded in `schema/builder.ts`. */
export const OPERATION_LIMITS = {
  /** Of the text, white space and comments included. */
  characters: 100_000,
  tokens: 4_000,
  aliases: 100,
  directives: 100,
  /** Selections, and lists and objects of arguments, inside each other. Introspection needs about 15. */
  levels: 30,
  /** Pairs of fields of one name in one place, and of fragments: whether they can be merged is checked pair by pair. */
  pairs: 10_000,
} as const;

type Limit = keyof typeof OPERATION_LIMITS;

/** Refuses operations beyond {@linkcode OPERATION_LIMITS} with errors of code LIMIT, and what was full of errors before. */
export function limitOperations(): YogaPlugin {
  const refused = new RefusedShapes();
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
        refused.check(document);
        return document;
      });
    },
    onValidate: ({ params: { documentAST } }) => ({ result }) => {
      refused.note(documentAST, result as readonly GraphQLError[]);
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
function shapeOf(document: DocumentNode): Record<Exclude<Limit, "characters" | "tokens">, number> {
  const shape = { aliases: 0, directives: 0, levels: 0, pairs: 0 };
  const met = new Map<string, number>();
  const meet = (what: string) => {
    const before = met.get(what) ?? 0;
    shape.pairs += before;
    met.set(what, before + 1);
  };
  let level = 0;
  // Where a field stands, by the names in the answer; fragments may all be used in one place.
  const way: string[] = [];
  visit(document, {
    enter(node) {
      if (node.kind === Kind.FIELD) {
        way.push((node.alias ?? node.name).value);
        meet(way.join("."));
        if (node.alias) shape.aliases++;
      }
      if (node.kind === Kind.FRAGMENT_DEFINITION) meet("...");
      if (node.kind === Kind.DIRECTIVE) shape.directives++;
      if (isLevel(node)) shape.levels = Math.max(shape.levels, ++level);
    },
    leave(node) {
      if (node.kind === Kind.FIELD) way.pop();
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
  const what = limit === "pairs" ? "pairs of fields of one name" : limit;
  return new GraphQLError(
    `Cannot run this operation: expected at most ${most} ${what}, there are ${came}`,
    { extensions: { code: "LIMIT", http: { status: 400, spec: true } } },
  );
}
