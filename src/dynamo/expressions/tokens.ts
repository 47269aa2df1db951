/** Takes the text of an expression apart. */

/** `name` an attribute as it is; `alias` "#n"; `value` ":v"; `index` a position in a list; `symbol` an operator, bracket, comma or dot. */
export interface Token {
  kind: 'name' | 'alias' | 'value' | 'index' | 'symbol';
  text: string;
}

/** DynamoDB's limit of an expression. */
const MAX_LENGTH = 4096;
const SPACE = /[ \t\n\r]/;
const LETTER = /[A-Za-z]/;
const DIGIT = /[0-9]/;
const WORD = /[A-Za-z0-9_]/;
/** Longer ones first. */
const SYMBOLS = ['<>', '<=', '>=', '=', '<', '>', '(', ')', '[', ']', ',', '.'];

/** The tokens of `text`; null when there is anything else in it, or too much. */
export function tokenize(text: string): Token[] | null {
  if (text.length > MAX_LENGTH) return null;
  const tokens: Token[] = [];
  for (let at = 0; at < text.length;) {
    if (SPACE.test(text.charAt(at))) {
      at++;
      continue;
    }
    const token = tokenAt(text, at);
    if (token === null) return null;
    tokens.push(token);
    at += token.text.length;
  }
  return tokens;
}

function tokenAt(text: string, at: number): Token | null {
  const first = text.charAt(at);
  if (first === '#' || first === ':') {
    const end = endOf(WORD, text, at + 1);
    return end === at + 1 ? null : { kind: first === '#' ? 'alias' : 'value', text: text.slice(at, end) };
  }
  if (LETTER.test(first)) return { kind: 'name', text: text.slice(at, endOf(WORD, text, at)) };
  if (DIGIT.test(first)) return indexAt(text, at);
  const symbol = SYMBOLS.find((candidate) => text.startsWith(candidate, at));
  return symbol === undefined ? null : { kind: 'symbol', text: symbol };
}

/** A position has no zeros in front, and nothing of a word behind it. */
function indexAt(text: string, at: number): Token | null {
  const end = endOf(WORD, text, at);
  const digits = text.slice(at, end);
  return /^(?:0|[1-9]\d{0,5})$/.test(digits) ? { kind: 'index', text: digits } : null;
}

function endOf(character: RegExp, text: string, from: number): number {
  let end = from;
  while (end < text.length && character.test(text.charAt(end))) end++;
  return end;
}
