/** The tokens of a script, without comments and the texts in it: enough to change one at a time. */

/** What a token is. */
export type Kind = "word" | "number" | "text" | "sign";

/** A token and where it stands. */
export interface Token {
  readonly kind: Kind;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Signs of several characters, the longest first. */
const SIGNS =
  /(?:>>>=|\.\.\.|===|!==|\*\*=|<<=|>>=|>>>|&&=|\|\|=|\?\?=|=>|==|!=|<=|>=|&&|\|\||\?\?|\?\.|\+\+|--|\+=|-=|\*=|\/=|%=|\*\*|<<|>>|[^\s])/y;
const WORD = /[\p{ID_Start}$_#][\p{ID_Continue}$]*/uy;
const NUMBER = /(?:0[xob][\da-f_]+|(?:\d[\d_]*)?\.?\d[\d_]*\.?(?:e[+-]?\d+)?)n?/iy;
const SPACE = /(?:\s+|\/\/.*|\/\*[^]*?\*\/)+/y;
const QUOTED = /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'/y;
const PATTERN = /\/(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\[\n])+\/\w*/y;

/** Words behind which a slash begins a pattern. */
const BEFORE_PATTERN = new Set(["return", "typeof", "case", "in", "of", "await", "yield", "throw"]);

/** The tokens of JavaScript. Of a template, those in its `${}`; its text is one token per piece. */
export function tokensOf(code: string): Token[] {
  const tokens: Token[] = [];
  const match = (pattern: RegExp, at: number): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(code)?.[0];
  };
  const add = (kind: Kind, start: number, text: string): number => {
    tokens.push({ kind, text, start, end: start + text.length });
    return start + text.length;
  };
  /** Depths of braces at which a template goes on. */
  const templates: number[] = [];
  let depth = 0;
  const template = (start: number): number => {
    let at = start + 1;
    while (at < code.length && code[at] !== "`" && !code.startsWith("${", at)) {
      at += code[at] === "\\" ? 2 : 1;
    }
    const open = code[at] === "$";
    if (open) templates.push(depth++);
    return add("text", start, code.slice(start, at + (open ? 2 : 1)));
  };
  let at = 0;
  while (at < code.length) {
    at += match(SPACE, at)?.length ?? 0;
    if (at >= code.length) break;
    const quoted = match(QUOTED, at);
    const number = match(NUMBER, at);
    const word = match(WORD, at);
    const pattern = canBePattern(tokens.at(-1)) ? match(PATTERN, at) : undefined;
    if (quoted) at = add("text", at, quoted);
    else if (code[at] === "`") at = template(at);
    else if (number && /[\d]/.test(number)) at = add("number", at, number);
    else if (word) at = add("word", at, word);
    else if (pattern) at = add("text", at, pattern);
    else {
      if (code[at] === "}" && templates.at(-1) === depth - 1) {
        templates.pop();
        depth--;
        at = template(at);
        continue;
      }
      if (code[at] === "{") depth++;
      if (code[at] === "}") depth--;
      at = add("sign", at, match(SIGNS, at)!);
    }
  }
  return tokens;
}

function canBePattern(before: Token | undefined): boolean {
  if (!before) return true;
  if (before.kind === "word") return BEFORE_PATTERN.has(before.text);
  return before.kind === "sign" && ![")", "]", "}"].includes(before.text);
}
