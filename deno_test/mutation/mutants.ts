/** Small faults that a script could have: what its tests should notice. */

import { type Token, tokensOf } from "./tokens.ts";

/** One fault: a piece of the script in place of another. */
export interface Mutant {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** The line, from 1. */
  readonly line: number;
  /** What was changed into what. */
  readonly what: string;
}

/** What an operator between two values is taken for. */
const OPERATORS: Readonly<Record<string, string>> = {
  "<": "<=",
  "<=": "<",
  ">": ">=",
  ">=": ">",
  "===": "!==",
  "!==": "===",
  "&&": "||",
  "||": "&&",
  "+": "-",
  "-": "+",
  "*": "/",
  "/": "*",
  "%": "*",
  "+=": "-=",
  "-=": "+=",
  "*=": "/=",
  "++": "--",
  "--": "++",
};

/** What a name is taken for. */
const NAMES: Readonly<Record<string, string>> = {
  true: "false",
  false: "true",
  min: "max",
  max: "min",
  floor: "ceil",
  ceil: "floor",
  round: "floor",
  some: "every",
  every: "some",
};

/** Functions that do not care for the order of two arguments. */
const SYMMETRIC = new Set(["min", "max", "imul", "hypot", "inner"]);
/** Words that begin no call. */
const NO_CALLS = new Set(["if", "for", "while", "switch", "catch", "function", "return", "super"]);
/** Words that begin a statement which is no call. */
const STATEMENTS = new Set([
  ...["if", "for", "while", "switch", "return", "throw", "const", "let", "var", "import", "export"],
  ...["function", "class", "try", "catch", "finally", "else", "do", "break", "continue", "case"],
  ...["default", "using", "async", "static", "get", "set", "constructor", "await", "yield", "new"],
]);

/** One way to look for faults at a token. */
type Rule = (tokens: readonly Token[], at: number) => Fault | undefined;

/** Tokens from `from` to before `to`, replaced. */
interface Fault {
  readonly from: number;
  readonly to: number;
  readonly text: (code: string) => string;
  readonly what: string;
}

/** Words behind which no value ends: a sign that follows stands in front of one, or is a generator's star. */
const NO_VALUES = new Set(["return", "case", "of", "in", "function", "yield", "async", "throw"]);

const isValue = (token: Token | undefined) =>
  token !== undefined &&
  (token.kind === "sign" ? /^[)\]}]$/.test(token.text) : !NO_VALUES.has(token.text));

const RULES: readonly Rule[] = [
  function operator(tokens, at) {
    const { kind, text } = tokens[at];
    if (kind !== "sign" || !Object.hasOwn(OPERATORS, text)) return;
    const binary = isValue(tokens[at - 1]);
    // A sign in front of a value: −x becomes x. Counting up and down stays a sign of its own.
    if (!binary && (text === "-" || text === "+")) {
      return { from: at, to: at + 1, text: () => " ", what: `${text} dropped` };
    }
    if (!binary && text !== "++" && text !== "--") return;
    return replaced(at, text, OPERATORS[text]);
  },
  function not(tokens, at) {
    if (tokens[at].kind !== "sign" || tokens[at].text !== "!") return;
    return { from: at, to: at + 1, text: () => " ", what: "! dropped" };
  },
  function name(tokens, at) {
    const { kind, text } = tokens[at];
    if (kind !== "word" || !Object.hasOwn(NAMES, text)) return;
    const method = text !== "true" && text !== "false";
    if (method && (tokens[at - 1]?.text !== "." || tokens[at + 1]?.text !== "(")) return;
    return replaced(at, text, NAMES[text]);
  },
  function number(tokens, at) {
    const { kind, text } = tokens[at];
    if (kind !== "number") return;
    const next = text.endsWith("n") ? `${BigInt(text.slice(0, -1)) + 1n}n` : more(text);
    return replaced(at, text, next);
  },
  function awaiting(tokens, at) {
    const next = tokens[at + 1]?.text;
    if (tokens[at].text !== "await" || tokens[at].kind !== "word") return;
    // What is returned is awaited by the caller.
    if (next === "using" || ["for", "return", "yield", "=>"].includes(tokens[at - 1]?.text)) return;
    return { from: at, to: at + 1, text: () => " ", what: "await dropped" };
  },
  function never(tokens, at) {
    return decided(tokens, at, "false");
  },
  function always(tokens, at) {
    return decided(tokens, at, "true");
  },
  function call(tokens, at) {
    const before = tokens[at - 1]?.text;
    const { kind, text } = tokens[at];
    if (kind !== "word" || STATEMENTS.has(text) || ![";", "{", "}", ")"].includes(before!)) return;
    const end = statementEnd(tokens, at);
    const words = tokens.slice(at, end);
    if (!end || words.at(-1)?.text !== ")" || words.some(({ text }) => /^(=|=>|\{)$/.test(text))) {
      return;
    }
    return { from: at, to: end, text: () => " ", what: `${text}…() dropped` };
  },
  function argumentsSwapped(tokens, at) {
    const { kind, text } = tokens[at];
    if (kind !== "word" || NO_CALLS.has(text) || SYMMETRIC.has(text)) return;
    if (tokens[at + 1]?.text !== "(") return;
    if (["function", "get", "set"].includes(tokens[at - 1]?.text)) return;
    const end = closing(tokens, at + 1);
    if (end === undefined || ["{", "=>"].includes(tokens[end + 1]?.text)) return;
    const commas = commasWithin(tokens, at + 1, end);
    if (commas.length !== 1 || commas[0] === end - 1) return;
    const [a, comma, b] = [at + 2, commas[0], end];
    const piece = (code: string, from: number, to: number) =>
      code.slice(tokens[from].start, tokens[to - 1].end);
    return {
      from: a,
      to: b,
      text: (code) => `${piece(code, comma + 1, b)}, ${piece(code, a, comma)}`,
      what: `${text}(a, b) → ${text}(b, a)`,
    };
  },
];

/** All faults of a script without types, in order. */
export function mutantsOf(code: string): Mutant[] {
  const tokens = tokensOf(code);
  const lines = lineStarts(code);
  return tokens.flatMap((_, at) =>
    RULES.flatMap((rule): Mutant[] => {
      const fault = isInImport(tokens, at) ? undefined : rule(tokens, at);
      if (!fault || fault.from >= fault.to) return [];
      const [start, end] = [tokens[fault.from].start, tokens[fault.to - 1].end];
      const text = fault.text(code);
      if (text === code.slice(start, end)) return [];
      const line = lines.findLastIndex((first) => first <= start) + 1;
      return [{ start, end, text, line, what: fault.what }];
    })
  );
}

/** The script with one fault. */
export function withMutant(code: string, { start, end, text }: Mutant): string {
  return code.slice(0, start) + text + code.slice(end);
}

function replaced(at: number, old: string, text: string): Fault {
  return { from: at, to: at + 1, text: () => text, what: `${old} → ${text}` };
}

function more(text: string): string {
  const value = Number(text.replaceAll("_", ""));
  // A small constant is off by one; a tolerance by its own size.
  return String(Number.isInteger(value) && value < 1e6 ? value + 1 : 2 * value);
}

/** The condition of an `if` at `at`, decided beforehand. */
function decided(tokens: readonly Token[], at: number, answer: string): Fault | undefined {
  const { kind, text } = tokens[at];
  if (kind !== "word" || text !== "if" || tokens[at + 1]?.text !== "(") return undefined;
  const end = closing(tokens, at + 1);
  return end === undefined
    ? undefined
    : { from: at + 2, to: end, text: () => answer, what: `if (…) → if (${answer})` };
}

const OPENING = "([{";

/** The index of the bracket that closes the one at `at`. */
function closing(tokens: readonly Token[], at: number): number | undefined {
  let depth = 0;
  for (let i = at; i < tokens.length; i++) {
    depth += step(tokens[i]);
    if (depth === 0) return i;
  }
}

/** What a token adds to the depth of brackets; a template's pieces hold brackets of their own. */
function step({ kind, text }: Token): number {
  if (kind === "text") return (text.endsWith("${") ? 1 : 0) - (text.startsWith("}") ? 1 : 0);
  if (kind !== "sign") return 0;
  return OPENING.includes(text) ? 1 : ")]}".includes(text) ? -1 : 0;
}

function commasWithin(tokens: readonly Token[], open: number, close: number): number[] {
  let depth = 0;
  const found: number[] = [];
  for (let i = open + 1; i < close; i++) {
    depth += step(tokens[i]);
    if (depth === 0 && tokens[i].text === "," && tokens[i].kind === "sign") found.push(i);
  }
  return found;
}

/** The index of the semicolon that ends the statement at `at`. */
function statementEnd(tokens: readonly Token[], at: number): number | undefined {
  let depth = 0;
  for (let i = at; i < tokens.length; i++) {
    depth += step(tokens[i]);
    if (depth < 0) return undefined;
    if (depth === 0 && tokens[i].kind === "sign" && tokens[i].text === ";") return i;
  }
}

function isInImport(tokens: readonly Token[], at: number): boolean {
  const start = tokens.findLastIndex(({ text }, i) => i <= at && text === ";") + 1;
  return tokens[start]?.text === "import" && tokens[start + 1]?.text !== "(";
}

function lineStarts(code: string): number[] {
  return [0, ...[...code.matchAll(/\n/g)].map(({ index }) => index + 1)];
}
