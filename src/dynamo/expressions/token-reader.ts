/** Walks over the tokens of an expression, and reads the parts that all kinds of expressions have. */
import type { DocumentPath } from './document-path.ts';
import { NotUnderstood } from './not-understood.ts';
import type { Substitutions } from './substitutions.ts';
import { tokenize, type Token } from './tokens.ts';

/** DynamoDB's limit of a path's steps. */
const MAX_STEPS = 32;

export class TokenReader {
  readonly substitutions: Substitutions;
  readonly #tokens: readonly Token[];
  #at = 0;

  /** @throws NotUnderstood for what is no text, is empty or has anything in it that is no token */
  constructor(text: unknown, substitutions: Substitutions) {
    const tokens = typeof text === 'string' ? tokenize(text) : null;
    if (tokens === null || tokens.length === 0) throw new NotUnderstood();
    this.#tokens = tokens;
    this.substitutions = substitutions;
  }

  /** How many tokens are behind. */
  get position(): number {
    return this.#at;
  }

  /** The next token; undefined at the end. */
  peek(): Token | undefined {
    return this.#tokens[this.#at];
  }

  /** Whether a bracket opens behind the next token. */
  isCall(): boolean {
    const token = this.#tokens[this.#at + 1];
    return token?.kind === 'symbol' && token.text === '(';
  }

  /** Takes the next token if it is this symbol. */
  skip(symbol: string): boolean {
    const token = this.peek();
    const isNext = token?.kind === 'symbol' && token.text === symbol;
    if (isNext) this.#at++;
    return isNext;
  }

  /** Takes the next token if it is this word; its case does not matter. */
  skipWord(word: string): boolean {
    const token = this.peek();
    const isNext = token?.kind === 'name' && token.text.toUpperCase() === word;
    if (isNext) this.#at++;
    return isNext;
  }

  take(): Token {
    const token = this.peek();
    if (token === undefined) throw new NotUnderstood();
    this.#at++;
    return token;
  }

  expect(symbol: string): void {
    if (!this.skip(symbol)) throw new NotUnderstood();
  }

  expectWord(word: string): void {
    if (!this.skipWord(word)) throw new NotUnderstood();
  }

  expectEnd(): void {
    if (this.peek() !== undefined) throw new NotUnderstood();
  }

  path(): DocumentPath {
    const path: (string | number)[] = [this.#name()];
    for (;;) {
      if (this.skip('.')) path.push(this.#name());
      else if (this.skip('[')) path.push(this.#index());
      else return path;
      if (path.length > MAX_STEPS) throw new NotUnderstood();
    }
  }

  #name(): string {
    const token = this.take();
    if (token.kind !== 'name' && token.kind !== 'alias') throw new NotUnderstood();
    return this.substitutions.name(token);
  }

  #index(): number {
    const token = this.take();
    this.expect(']');
    if (token.kind !== 'index') throw new NotUnderstood();
    return Number(token.text);
  }
}
