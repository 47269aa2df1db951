/** What texts take, in memory and in a call. */

// Matches from U+0100 on: V8 keeps and sends a string of Latin-1 characters in one byte each, any other in two.
const WIDE_CHARACTER = /[^\0-\xff]/;

/** The bytes of a text as V8 keeps it: two for each character as soon as one of them is wide. */
export function bytesOf(text: string): number {
  return isWide(text) ? text.length * 2 : text.length;
}

/** Counts texts that will travel as one: a single wide character doubles all of them. */
export class JoinedBytes {
  readonly #maxBytes: number;
  #length = 0;
  #isWide = false;
  /** nobody has needed to know yet whether they are wide: to look costs as much as all else that is done to a text from memory */
  #unseen: string[] = [];

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Counts `text` when it fits, and tells whether it did. The first always does. */
  take(text: string): boolean {
    const length = this.#length + text.length;
    if (length * 2 > this.#maxBytes && !this.isEmpty) {
      const isDouble = this.#look() || isWide(text);
      if ((isDouble ? length * 2 : length) > this.#maxBytes) return false;
    }
    this.add(text);
    return true;
  }

  /** Counts `text` whether it fits or not. */
  add(text: string): void {
    this.#length += text.length;
    this.#unseen.push(text);
  }

  /** What is left for more texts like those before. */
  get leftBytes(): number {
    return this.#maxBytes - (this.#look() ? this.#length * 2 : this.#length);
  }

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  #look(): boolean {
    this.#isWide ||= this.#unseen.some(isWide);
    this.#unseen = [];
    return this.#isWide;
  }
}

function isWide(text: string): boolean {
  return WIDE_CHARACTER.test(text);
}
