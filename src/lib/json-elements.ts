/** The elements of a JSON array as they are written, so that a number keeps its digits and a string its escapes. */

const QUOTE = 34;
const BACKSLASH = 92;
const COMMA = 44;
const OPENING = new Set([91, 123]); // [ {
const CLOSING = new Set([93, 125]); // ] }

/** The texts of an array's elements, trimmed; null when the text is no array. It has to be valid JSON, which is not checked. */
export function elementTexts(json: string): string[] | null {
  const text = json.trim();
  if (!text.startsWith('[')) return null;
  const elements: string[] = [];
  let depth = 0;
  let begin = 1;
  for (let at = 1; at < text.length - 1; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (OPENING.has(code)) depth++;
    else if (CLOSING.has(code)) depth--;
    else if (code === COMMA && depth === 0) {
      elements.push(text.slice(begin, at).trim());
      begin = at + 1;
    }
  }
  const last = text.slice(begin, -1).trim();
  return last === '' ? elements : [...elements, last];
}

/** Where the string that begins at `at` has its closing quote. */
function endOfString(text: string, at: number): number {
  let end = at + 1;
  while (text.charCodeAt(end) !== QUOTE) end += text.charCodeAt(end) === BACKSLASH ? 2 : 1;
  return end;
}
