/** The scalars beside GraphQL's own, each with the specification that says what its values are. */

import { GraphQLError } from "graphql";

/** What each is, and how its values are read and written. */
export const SCALARS = {
  JSON: {
    description: "Any JSON value, where a plugin decides what there is.",
    specifiedByURL: "https://www.rfc-editor.org/rfc/rfc8259",
    serialize: (value: unknown) => value as never,
    parseValue: (value: unknown) => value,
  },
  Seed: {
    description: "A whole number from 0 to 9007199254740991.",
    specifiedByURL: "https://www.rfc-editor.org/rfc/rfc8259#section-6",
    serialize: (value: unknown) => value as never,
    parseValue: (value: unknown) => {
      if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
      throw refusal(`Expected a whole number from 0, got ${JSON.stringify(value)}`);
    },
  },
  DateTime: {
    description: "A point in time, ISO 8601 in UTC, as `2026-01-31T12:00:00.000Z`.",
    specifiedByURL: "https://scalars.graphql.org/andimarek/date-time.html",
    serialize: (value: unknown) => value as never,
    parseValue: (value: unknown) => {
      const time = typeof value === "string" && TIME.test(value) ? Date.parse(value) : NaN;
      if (!Number.isNaN(time)) return new Date(time).toISOString();
      throw refusal(
        `Expected a time as "2026-01-31T12:00:00Z", got ${JSON.stringify(value)?.slice(0, 100)}`,
      );
    },
  },
  File: {
    description:
      "A file that comes along with the operation, by the GraphQL multipart request specification. Such requests carry the header `x-graphql-yoga-csrf: 1`.",
    specifiedByURL: "https://github.com/jaydenseric/graphql-multipart-request-spec",
    serialize: () => {
      throw new TypeError("Files come in only");
    },
    parseValue: (value: unknown) => {
      if (typeof value === "string" && value.startsWith("upload:")) return value;
      throw refusal("Expected a file, by the GraphQL multipart request specification");
    },
  },
};

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

function refusal(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: "BAD_INPUT" } });
}
