/**
 * What a store does, as steps that a database takes: a generator asks, whoever runs it answers, at once or later. So SQLite, which
 * answers at once, and PostgreSQL share every statement.
 */

/** A row: column to value. */
export type Row = Record<string, string | number | null>;

/** Values of a statement, by the names that stand in it as `$name`. */
export type Values = Readonly<Record<string, string | number | null>>;

/** Something that a database is asked to do. */
export type Step =
  | {
    readonly sql: string;
    readonly values: Values;
    /** Whether what follows need not wait for the answer. */
    readonly aside?: boolean;
  }
  /** As a whole or not at all. */
  | { readonly whole: () => Steps<unknown> }
  /** The time of the store, in ms. */
  | { readonly clock: true }
  /** Tells of news of a job, once they are there for others. */
  | { readonly ring: string };

/** Steps that lead to a `Result`. */
// deno-lint-ignore no-explicit-any -- what an answer is depends on the step; the functions below know
export type Steps<Result> = Generator<Step, Result, any>;

/** All rows of a statement. */
export function* all(sql: string, values: Values = {}): Steps<Row[]> {
  return yield { sql, values };
}

/** The first row of a statement. */
export function* one(sql: string, values: Values = {}): Steps<Row | undefined> {
  return (yield* all(sql, values))[0];
}

/** A statement whose answer nobody needs. */
export function* aside(sql: string): Steps<void> {
  yield { sql, values: {}, aside: true };
}

/** Steps that are taken all or none, while nobody else changes what they have locked. */
export function* whole<Result>(steps: () => Steps<Result>): Steps<Result> {
  return yield { whole: steps };
}

/** The time of the store, in ms. */
export function* clock(): Steps<number> {
  return yield { clock: true };
}

/** The time of the store as ISO 8601. */
export function* time(): Steps<string> {
  return new Date(yield* clock()).toISOString();
}

/** Tells of news of a job. */
export function* ring(job: string): Steps<void> {
  yield { ring: job };
}

/** A part of a store, in steps. */
export type InSteps<Part> = {
  readonly [Name in keyof Part]: Part[Name] extends (...given: infer Given) => infer Answer
    ? (...given: Given) => Steps<Awaited<Answer>>
    : Part[Name];
};

/** A part of a store whose steps are taken by `run`. */
export function taken<Part extends object>(
  part: InSteps<Part>,
  run: (steps: () => Steps<unknown>) => unknown,
): Part {
  const methods = part as unknown as Record<string, (...given: unknown[]) => Steps<unknown>>;
  const names = Object.getOwnPropertyNames(Object.getPrototypeOf(part));
  return Object.fromEntries(
    names.filter((name) => name !== "constructor").map((name) => [
      name,
      (...given: unknown[]) => run(() => methods[name](...given)),
    ]),
  ) as unknown as Part;
}
