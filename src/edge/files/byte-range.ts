/** Which bytes a Range asks for (RFC 9110, section 14). */

export type ByteRange = { kind: 'whole' } | { kind: 'part'; offset: number; length: number } | { kind: 'unsatisfiable' };

const SINGLE = /^bytes=[ \t]*(?:(\d+)-(\d*)|-(\d+))[ \t]*$/i;
const WHOLE: ByteRange = { kind: 'whole' };
const UNSATISFIABLE: ByteRange = { kind: 'unsatisfiable' };

/**
 * The bytes of a representation that a Range asks for. What may be left aside is (14.2): other units, what is no range, and several ranges
 * at once are answered by the whole.
 *
 * @param header null: there is none
 */
export function byteRange(header: string | null, size: number): ByteRange {
  const match = header === null ? null : SINGLE.exec(header);
  if (!match) return WHOLE;
  const [, first, last, suffix] = match;
  if (suffix !== undefined) {
    const length = Math.min(Number(suffix), size);
    return length === 0 ? UNSATISFIABLE : { kind: 'part', offset: size - length, length };
  }
  const offset = Number(first);
  const end = last === '' ? size - 1 : Number(last);
  if (last !== '' && end < offset) return WHOLE;
  if (offset >= size) return UNSATISFIABLE;
  return { kind: 'part', offset, length: Math.min(end, size - 1) - offset + 1 };
}
