/** Where the SQL of one database differs from another's. */

/** How a database says it. */
export interface Dialect {
  /** The texts of the JSON array `$name`, as a list for `IN`. */
  listed(name: string): string;
  /** A text of an object in a column of JSON. */
  field(column: string, name: string): string;
  /** Whether an array of an object in a column of JSON has the text `$name`. */
  includes(column: string, array: string, name: string): string;
  /** Whether a text holds another. */
  holds(text: string, part: string): string;
  /** The ids of the artifacts of a row of `jobs`, as a JSON array, the oldest first. */
  readonly artifacts: string;
  /** Ends a selection of rows that are to be changed. */
  readonly lock: string;
  /** As `lock`, without those that others have locked. */
  readonly skip: string;
  /** Lets what is taken as a whole be lost with the machine's power; undefined where that is so anyway. */
  readonly relaxed?: string;
  /** Lets one at a time go on with what `$name` stands for; undefined where whatever is taken as a whole is alone anyway. */
  serial(name: string): string | undefined;
}

/** SQLite's. */
export const SQLITE: Dialect = {
  listed: (name) => `(SELECT value FROM json_each($${name}))`,
  field: (column, name) => `${column} ->> '$.${name}'`,
  includes: (column, array, name) =>
    `EXISTS (SELECT 1 FROM json_each(${column}, '$.${array}') WHERE value = $${name})`,
  holds: (text, part) => `instr(${text}, ${part}) > 0`,
  artifacts: `(SELECT json_group_array(artifact) FROM (
    SELECT artifact FROM job_artifacts JOIN artifacts ON artifacts.id = artifact
    WHERE job = jobs.id ORDER BY artifacts.seq))`,
  lock: "",
  skip: "",
  serial: () => undefined,
};

/** PostgreSQL's. */
export const POSTGRES: Dialect = {
  listed: (name) => `(SELECT json_array_elements_text($${name}::text::json))`,
  field: (column, name) => `(${column}::json ->> '${name}')`,
  includes: (column, array, name) =>
    `EXISTS (SELECT 1 FROM json_array_elements_text(${column}::json -> '${array}') AS one (value)
      WHERE value = $${name})`,
  holds: (text, part) => `strpos(${text}, ${part}) > 0`,
  artifacts: `(SELECT coalesce(json_agg(artifact ORDER BY artifacts.seq), '[]')::text
    FROM job_artifacts JOIN artifacts ON artifacts.id = artifact WHERE job = jobs.id)`,
  lock: "FOR UPDATE",
  skip: "FOR UPDATE SKIP LOCKED",
  relaxed: "SET LOCAL synchronous_commit TO off",
  serial: (name) => `SELECT pg_advisory_xact_lock(hashtextextended($${name}, 0))`,
};
