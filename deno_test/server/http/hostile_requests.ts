/** Malformed and hostile requests from a seed: what a fuzzer, a bored student or an attacker would send. */

import type { Random } from "@countergrade/countergrade";

const URL_OF = "http://localhost";

/** Documents to spoil: every kind of operation, with arguments, fragments, variables and directives. */
const DOCUMENTS = [
  "{ plugins { id version members { family name description } } }",
  "query Q($first: Int = 3, $with: Boolean!) { jobs(first: $first) { nodes { id state @include(if: $with) } } }",
  "mutation { countUp(input: { steps: 0, delay: 1.5, seed: 4 }) { job { id } errors { code message path } } }",
  "mutation { chooseProbe(input: { probe: { flat: { c: -2 } }, mode: EXACT }) { errors { ... on InputError { path } } } }",
  'subscription { jobEvents(id: "job-0", after: -1) { __typename number ... on Progress { step metrics } } }',
  "query { ...F } fragment F on Query { datasets { id ...D } } fragment D on Dataset { title scale { names } }",
  '{ dataset(id: "bars") { images(split: "val", first: 2, after: "4") { nodes { label image { dataUrl } } } } }',
  "{ __schema { types { name fields(includeDeprecated: true) { name type { name ofType { name } } } } } }",
  '{ node(id: "bars") { __typename ... on Dataset { id } ... on Job { id events(first: 2) { number } } } }',
];

const SCRAPS = [
  ..."{}()[]:$@!|&=\"'\\#,.\n\t\0",
  "...",
  '"""',
  "\u{FEFF}",
  "\u{D800}",
  "é中🦴",
  "on",
  "fragment",
  "null",
  "true",
  "-0",
  "1e999",
  "99999999999999999999",
  "__proto__",
  "constructor",
  "__typename",
];

/** Values that no option expects. */
const VALUES: readonly unknown[] = [
  null,
  [],
  {},
  -1,
  1e300,
  "",
  "x".repeat(2_000),
  "\0",
  "../../etc/passwd",
  { __proto__: { admin: true } },
  JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{}}}'),
  [[[[[[]]]]]],
  true,
];

const pick = <T>(random: Random, list: readonly T[]): T => list[random.integer(list.length)];

function spoiled(random: Random): string {
  let text = pick(random, DOCUMENTS);
  for (let i = 1 + random.integer(4); i > 0; i--) {
    const [at, to] = [random.integer(text.length + 1), random.integer(text.length + 1)];
    const scrap = pick(random, [pick(random, SCRAPS), text.slice(at, to), ""]);
    text = text.slice(0, at) + scrap + text.slice(at + random.integer(8));
  }
  return text;
}

function json(body: unknown, headers: Record<string, string> = {}): Request {
  return bytes(JSON.stringify(body), headers);
}

function bytes(body: BodyInit, headers: Record<string, string> = {}): Request {
  return new Request(`${URL_OF}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body,
  });
}

const repeat = (n: number, part: (i: number) => string) =>
  Array.from({ length: n }, (_, i) => part(i)).join(" ");

/** Each kind with how often it is drawn: what costs the server more comes less often. */
const KINDS: readonly [weight: number, make: (random: Random) => Request][] = [
  [40, (random) => json({ query: spoiled(random), variables: { first: pick(random, VALUES) } })],
  [
    6,
    (random) =>
      json({ query: spoiled(random) }, {
        accept: pick(random, ["text/event-stream", "*/*", "x", ""]),
      }),
  ],
  // Deep: selections, lists and objects in the document, lists in the variables.
  [2, (random) => {
    const n = 1 + random.integer(3_000);
    const [open, close] = pick(random, [
      ["{ job(id: 1) ", "}"],
      ["{ node(id: [", "]"],
      ["{ node(id: {a: ", "}"],
      ["{ ... ", "}"],
    ]);
    return json({ query: open.repeat(n) + pick(random, ["", "{ id }"]) + close.repeat(n) });
  }],
  [1, (random) => {
    const n = random.integer(200_000);
    return bytes(`{"query":"{__typename}","variables":{"a":${"[".repeat(n)}${"]".repeat(n)}}}`);
  }],
  // Floods: aliases, the same field, directives, fragments that double, arguments, operations.
  [2, (random) => {
    const n = 1 + random.integer(1_500);
    return json({
      query: pick(random, [
        `{ ${repeat(n, (i) => `a${i}: plugins { id }`)} }`,
        `{ plugins { ${repeat(n, () => "id")} } }`,
        `{ ${repeat(n, (i) => `a${i}: __typename`)} }`,
        `{ plugins ${repeat(n, () => "@skip(if: true)")} { id } }`,
        `{ ...F0 } ${
          repeat(n / 8, (i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`)
        }`,
        `{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }`,
        `{ node(${repeat(n, (i) => `a${i}: 1`)}) { id } }`,
        repeat(n / 3, (i) => `query Q${i} { plugins { id } }`),
        `query(${repeat(n / 4, (i) => `$v${i}: [[[Int!]!]!]`)}) { __typename }`,
      ]),
    });
  }],
  [2, (random) => {
    const size = random.integer(1_200_000);
    return json({
      query: pick(random, [
        "query($v: JSON) { __typename }",
        "mutation($v: [Float!]) { chooseProbe(input: { targets: $v }) { __typename } }",
        "query($v: Int) { jobs(first: $v) { nodes { id } } }",
      ]),
      variables: {
        v: pick(random, [
          "x".repeat(size),
          Array(Math.ceil(size / 20)).fill(pick(random, [1, "x", null])),
        ]),
      },
    });
  }],
  [
    1,
    (random) =>
      json({
        query: `{ ${" ".repeat(random.integer(900_000))} __typename ${random.integer(1e9)} }`,
      }),
  ],
  [10, (random) =>
    json({
      query: pick(random, [pick(random, DOCUMENTS), ...VALUES]),
      variables: pick(random, VALUES),
      operationName: pick(random, VALUES),
      extensions: pick(random, VALUES),
      [pick(random, ["id", "__proto__", "batch"])]: pick(random, VALUES),
    })],
  [8, (random) => {
    const text = JSON.stringify({ query: pick(random, DOCUMENTS), variables: {} });
    return bytes(pick(random, [
      text.slice(0, random.integer(text.length)),
      `[${text},${text}]`,
      pick(random, ["", "null", "7", '"x"', "NaN", "{}", "[]", "{'query':1}", "\u{FEFF}{}"]),
      // Not UTF-8.
      Uint8Array.from(
        text,
        (letter) => random.integer(20) ? letter.charCodeAt(0) : 128 + random.integer(128),
      ),
    ]));
  }],
  [8, (random) => {
    const method = pick(random, ["PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "GET", "POST"]);
    const type = pick(random, [
      "text/plain",
      "application/graphql",
      "application/xml",
      "",
      'a/b; c="',
      "application/json; charset=utf-16",
    ]);
    return new Request(`${URL_OF}/graphql`, {
      method,
      headers: {
        "content-type": type,
        accept: pick(random, ["*/*", "text/html", "image/png", ";;"]),
      },
      body: method === "GET" || method === "HEAD" ? undefined : pick(random, DOCUMENTS),
    });
  }],
  [6, (random) => {
    const boundary = pick(random, ["b", "x".repeat(500), 'b"', ""]);
    const part = (name: string, value: string) =>
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
    const whole = part(
      "operations",
      JSON.stringify({ query: pick(random, DOCUMENTS), variables: { file: null } }),
    ) +
      part(
        "map",
        pick(random, [
          '{"0":["variables.file"]}',
          '{"0":["__proto__.x"]}',
          '{"0":["a.b.c.d"]}',
          "[]",
          "{",
        ]),
      ) +
      part("0", "x".repeat(random.integer(5_000))) + `--${boundary}--\r\n`;
    return bytes(whole.slice(0, pick(random, [whole.length, random.integer(whole.length)])), {
      "content-type": pick(random, [
        `multipart/form-data; boundary=${boundary}`,
        "multipart/form-data",
        "multipart/mixed; boundary=b",
      ]),
      ...pick(random, [{ "x-graphql-yoga-csrf": "1" }, {}] as Record<string, string>[]),
    });
  }],
  [8, (random) => {
    const value = encodeURIComponent(spoiled(random).toWellFormed());
    const query = pick(random, [
      `query=${value}`,
      `query=${value}&variables=%7B`,
      "query=%ZZ%",
      "query",
      "&&&=",
      `extensions=[]&query=${value}`,
      `query=a&query=${value}`,
    ]);
    return new Request(`${URL_OF}/graphql?${query}`, {
      headers: { accept: pick(random, ["*/*", "text/event-stream", "application/json"]) },
    });
  }],
  [8, (random) =>
    new Request(
      URL_OF +
        pick(random, [
          "/blobs/",
          "/datasets/",
          "/showcase/",
          "/page/",
          "/",
          "/graphql/",
          "/health/",
          "/metrics/",
          "/session/",
        ]) +
        pick(random, [
          "../main.ts",
          "..%2f..%2fdeno.json",
          "%00",
          "%",
          "a".repeat(5_000),
          "bars/val/999999999.png",
          "bars/val/1.png?v=%FF",
          "__proto__",
          "constructor/x/y.png",
          "//",
          "bars/%ff/1.png",
        ]),
      {
        method: pick(random, ["GET", "HEAD", "POST", "DELETE"]),
        headers: {
          "if-none-match": pick(random, ["*", '"', "x".repeat(3_000)]),
          range: "bytes=9-1",
        },
      },
    )],
  [4, (random) =>
    json({ query: pick(random, DOCUMENTS) }, {
      "x-request-id": "x".repeat(random.integer(10_000)),
      authorization: pick(random, [
        "Bearer",
        "Bearer ",
        `Bearer ${"k".repeat(9_000)}`,
        "Basic !!",
        "\u{e9}",
      ]),
      cookie: pick(random, ["countergrade", "countergrade=;;=", `a=${"b".repeat(20_000)}`]),
      origin: pick(random, ["null", "https://example.org", "x"]),
      "content-length": pick(random, ["-1", "1, 2", "99999999999", "x"]),
    })],
];

const TOTAL = KINDS.reduce((sum, [weight]) => sum + weight, 0);

/** One request, of a kind and with the flaws that `random` draws. */
export function hostileRequest(random: Random): Request {
  let at = random.integer(TOTAL);
  return KINDS.find(([weight]) => (at -= weight) < 0)![1](random);
}
