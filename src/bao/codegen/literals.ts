/** Values as TypeScript source. Everything of a definitions file that reaches generated code passes here. */
import type { Literal } from './definitions.ts';

/** A string literal in single quotes that no content can end early. */
export function quoted(text: string): string {
  const escaped = JSON.stringify(text)
    .slice(1, -1)
    .replaceAll('\\"', '"')
    .replaceAll("'", "\\'")
    // JSON leaves these two as they are, which end a line for some readers of JavaScript.
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
  return `'${escaped}'`;
}

/** A literal as it stands in an expression. */
export function literal(value: Literal): string {
  if (typeof value === 'object') return `[${value.map(quoted).join(', ')}]`;
  return typeof value === 'string' ? quoted(value) : String(value);
}

/** A property name, in quotes only where it needs them. */
export function propertyName(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) && name !== '__proto__' ? name : quoted(name);
}

/**
 * An object literal, on one line when it fits, else one property per line.
 *
 * @param properties names and the source of their values
 * @param indent the spaces before the line that the literal starts on
 * @param room what is left of that line, in characters
 */
export function objectLiteral(properties: readonly (readonly [name: string, source: string])[], indent: number, room: number): string {
  const parts = properties.map(([name, source]) => `${propertyName(name)}: ${source}`);
  const line = parts.length === 0 ? '{}' : `{ ${parts.join(', ')} }`;
  if (line.length <= room && !line.includes('\n')) return line;
  const inner = ' '.repeat(indent + 2);
  return `{\n${parts.map((part) => `${inner}${part},\n`).join('')}${' '.repeat(indent)}}`;
}
