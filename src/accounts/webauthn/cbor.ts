/** The CBOR that authenticators write: RFC 8949 as CTAP2 narrows it. Definite lengths, whole numbers, maps by numbers and texts, four levels. */

export type CborValue = number | string | boolean | null | Uint8Array<ArrayBuffer> | readonly CborValue[] | CborMap;
export type CborMap = ReadonlyMap<number | string, CborValue>;

const MAX_DEPTH = 4;
/** By the low bits of the first byte, where they are no number themselves: how many bytes of a number follow. */
const WIDTHS: Readonly<Record<number, number>> = { 24: 1, 25: 2, 26: 4 };
const SIMPLE: Readonly<Record<number, boolean | null>> = { 20: false, 21: true, 22: null };

/**
 * Reads the value that begins at `start`.
 *
 * @returns it, and where it ends
 * @throws TypeError, RangeError for what is no such CBOR: cut off, too deep, with lengths that are not said, floats, tags, or a key twice
 */
export function readCbor(bytes: Uint8Array<ArrayBuffer>, start = 0): { value: CborValue; end: number } {
  const reader = new CborReader(bytes, start);
  return { value: reader.value(0), end: reader.at };
}

/** @throws TypeError for what is no map */
export function asMap(value: CborValue): CborMap {
  if (value instanceof Map) return value as CborMap; // no other maps are made here
  throw new TypeError('CBOR that is no map');
}

class CborReader {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  /** where the next value begins */
  at: number;

  constructor(bytes: Uint8Array<ArrayBuffer>, start: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = start;
  }

  value(depth: number): CborValue {
    if (depth > MAX_DEPTH) throw new TypeError('CBOR that is too deep');
    const first = this.#view.getUint8(this.at++);
    const low = first & 0x1f;
    switch (first >> 5) {
      case 0:
        return this.#number(low);
      case 1:
        return -1 - this.#number(low);
      case 2:
        return this.#take(this.#number(low));
      case 3:
        return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(this.#take(this.#number(low)));
      case 4:
        return Array.from({ length: this.#count(low) }, () => this.value(depth + 1));
      case 5:
        return this.#map(this.#count(low), depth + 1);
      default: {
        const simple = first >> 5 === 7 ? SIMPLE[low] : undefined;
        if (simple === undefined) throw new TypeError('CBOR of a kind that no authenticator writes');
        return simple;
      }
    }
  }

  #map(count: number, depth: number): CborMap {
    const map = new Map<number | string, CborValue>();
    for (let index = 0; index < count; index++) {
      const key = this.value(depth);
      if ((typeof key !== 'number' && typeof key !== 'string') || map.has(key)) throw new TypeError('a CBOR map with a key that is none');
      map.set(key, this.value(depth));
    }
    return map;
  }

  #number(low: number): number {
    if (low < 24) return low;
    const width = WIDTHS[low];
    if (width === undefined) throw new TypeError('a CBOR number that is too large, or a length that is not said');
    const bytes = this.#take(width);
    return bytes.reduce((value, byte) => value * 256 + byte, 0);
  }

  /** Each member takes a byte at least, so that a length alone makes nothing large. */
  #count(low: number): number {
    const count = this.#number(low);
    if (count > this.#bytes.length - this.at) throw new RangeError('CBOR that is cut off');
    return count;
  }

  #take(length: number): Uint8Array<ArrayBuffer> {
    if (length > this.#bytes.length - this.at) throw new RangeError('CBOR that is cut off');
    this.at += length;
    return this.#bytes.slice(this.at - length, this.at);
  }
}
