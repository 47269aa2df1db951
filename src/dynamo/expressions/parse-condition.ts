/** Reads conditions: the grammar and the static checks of KeyConditionExpression, FilterExpression and ConditionExpression. */
import { areSamePaths, type DocumentPath } from './document-path.ts';
import { NotUnderstood } from './not-understood.ts';
import { checkBounds, isOrdered, isPrefixed } from './operand-types.ts';
import type { Substitutions } from './substitutions.ts';
import type { Comparator, Condition, Operand } from './syntax.ts';
import { TokenReader } from './token-reader.ts';

/** DynamoDB's limit of operators in an expression, here of terms. */
const MAX_TERMS = 300;
/** How deep brackets and NOT may nest; DynamoDB's own limit is not documented. */
const MAX_DEPTH = 50;
/** DynamoDB's limit of an IN. */
const MAX_LIST = 100;
const COMPARATORS: ReadonlySet<string> = new Set<Comparator>(['=', '<>', '<', '<=', '>', '>=']);

/**
 * The condition that a text says. What DynamoDB refuses is refused, and some things more: operands in brackets, functions of values alone.
 *
 * @throws NotUnderstood
 */
export function parseCondition(text: unknown, substitutions: Substitutions): Condition {
  const parser = new ConditionParser(new TokenReader(text, substitutions));
  return parser.whole();
}

class ConditionParser {
  readonly #reader: TokenReader;
  #terms = 0;
  #depth = 0;
  /** where the last pair of brackets began and ended */
  #lastBrackets = { from: -1, to: -1 };

  constructor(reader: TokenReader) {
    this.#reader = reader;
  }

  whole(): Condition {
    const condition = this.#or();
    this.#reader.expectEnd();
    return condition;
  }

  #or(): Condition {
    const terms = [this.#and()];
    while (this.#reader.skipWord('OR')) terms.push(this.#and());
    return joined('or', terms);
  }

  #and(): Condition {
    const terms = [this.#not()];
    while (this.#reader.skipWord('AND')) terms.push(this.#not());
    return joined('and', terms);
  }

  #not(): Condition {
    if (!this.#reader.skipWord('NOT')) return this.#term();
    return this.#deeper(() => ({ kind: 'not', term: this.#not() }));
  }

  #term(): Condition {
    if (++this.#terms > MAX_TERMS) throw new NotUnderstood();
    if (this.#reader.skip('(')) return this.#bracketed();
    const token = this.#reader.peek();
    const isCall = token?.kind === 'name' && token.text !== 'size' && this.#reader.isCall();
    return isCall ? this.#call() : this.#comparison();
  }

  /** DynamoDB refuses a second pair of brackets around the same thing. */
  #bracketed(): Condition {
    const from = this.#reader.position;
    const condition = this.#deeper(() => this.#or());
    const { from: innerFrom, to: innerTo } = this.#lastBrackets;
    if (innerFrom === from + 1 && innerTo === this.#reader.position) throw new NotUnderstood();
    this.#reader.expect(')');
    this.#lastBrackets = { from, to: this.#reader.position };
    return condition;
  }

  #deeper<T>(read: () => T): T {
    if (++this.#depth > MAX_DEPTH) throw new NotUnderstood();
    const result = read();
    this.#depth--;
    return result;
  }

  #comparison(): Condition {
    const left = this.#operand();
    if (this.#reader.skipWord('BETWEEN')) return this.#between(left);
    if (this.#reader.skipWord('IN')) return this.#in(left);
    const { kind, text } = this.#reader.take();
    if (kind !== 'symbol' || !COMPARATORS.has(text)) throw new NotUnderstood();
    const comparator = text as Comparator; // one of the set
    const right = this.#operand();
    checkApart(left, right);
    if (comparator !== '=' && comparator !== '<>' && !(isOrdered(left) && isOrdered(right))) throw new NotUnderstood();
    return { kind: 'compare', comparator, left, right };
  }

  #between(operand: Operand): Condition {
    const low = this.#operand();
    this.#reader.expectWord('AND');
    const high = this.#operand();
    if (![operand, low, high].every(isOrdered)) throw new NotUnderstood();
    for (const bound of [low, high]) checkApart(operand, bound);
    checkBounds(low, high);
    return { kind: 'between', operand, low, high };
  }

  #in(operand: Operand): Condition {
    this.#reader.expect('(');
    const list = [this.#operand()];
    while (this.#reader.skip(',')) list.push(this.#operand());
    this.#reader.expect(')');
    if (list.length > MAX_LIST) throw new NotUnderstood();
    for (const member of list) checkApart(operand, member);
    return { kind: 'in', operand, list };
  }

  #operand(): Operand {
    const token = this.#reader.peek();
    if (token?.kind === 'value') return { kind: 'value', value: this.#reader.substitutions.value(this.#reader.take()) };
    if (token?.kind === 'name' && token.text === 'size' && this.#reader.isCall()) {
      this.#reader.take();
      return { kind: 'size', path: this.#inBrackets(() => this.#reader.path()) };
    }
    return { kind: 'path', path: this.#reader.path() };
  }

  #call(): Condition {
    const { text: name } = this.#reader.take();
    switch (name) {
      case 'attribute_exists':
      case 'attribute_not_exists':
        return { kind: 'exists', path: this.#inBrackets(() => this.#reader.path()), isThere: name === 'attribute_exists' };
      case 'attribute_type': {
        const [path, type] = this.#inBrackets(() => [this.#pathThen(), this.#operand()] as const);
        return { kind: 'type', path, type: typeNamed(type) };
      }
      case 'begins_with': {
        const [operand, prefix] = this.#twoOperands();
        if (!isPrefixed(operand) || !isPrefixed(prefix)) throw new NotUnderstood();
        return { kind: 'begins_with', operand, prefix };
      }
      case 'contains': {
        const [operand, part] = this.#twoOperands();
        if (operand.kind === 'size' || part.kind === 'size') throw new NotUnderstood();
        return { kind: 'contains', operand, part };
      }
      default:
        throw new NotUnderstood();
    }
  }

  #twoOperands(): [Operand, Operand] {
    const operands = this.#inBrackets<[Operand, Operand]>(() => {
      const first = this.#operand();
      this.#reader.expect(',');
      return [first, this.#operand()];
    });
    checkApart(...operands);
    return operands;
  }

  #pathThen(): DocumentPath {
    const path = this.#reader.path();
    this.#reader.expect(',');
    return path;
  }

  #inBrackets<T>(read: () => T): T {
    this.#reader.expect('(');
    const result = read();
    this.#reader.expect(')');
    return result;
  }
}

function joined(kind: 'and' | 'or', terms: readonly Condition[]): Condition {
  const [only] = terms;
  return only !== undefined && terms.length === 1 ? only : { kind, terms };
}

/** DynamoDB refuses to compare an attribute with itself. Two values have nothing to do with any item. */
function checkApart(left: Operand, right: Operand): void {
  if (left.kind === 'value' && right.kind === 'value') throw new NotUnderstood();
  if (left.kind === 'path' && right.kind === 'path' && areSamePaths(left.path, right.path)) throw new NotUnderstood();
}

const TYPES: ReadonlySet<string> = new Set(['S', 'N', 'B', 'BOOL', 'NULL', 'M', 'L', 'SS', 'NS', 'BS']);

function typeNamed(operand: Operand): string {
  const name = operand.kind === 'value' && 'S' in operand.value ? operand.value.S : '';
  if (!TYPES.has(name)) throw new NotUnderstood();
  return name;
}
