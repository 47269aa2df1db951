/** The names and values that a request puts into its expressions. */
import type { AttributeMap, AttributeValue } from '../types.ts';
import { isLiteral } from './literals.ts';
import { NotUnderstood } from './not-understood.ts';
import { isPerhapsReserved } from './reserved-words.ts';
import type { Token } from './tokens.ts';

/** What all expressions of one request share. */
export interface SubstitutionInput {
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: AttributeMap;
}

/** DynamoDB's limit of an attribute's name, in bytes. */
const MAX_NAME_LENGTH = 255;

export class Substitutions {
  readonly #names: Readonly<Record<string, string>>;
  readonly #values: Readonly<AttributeMap>;
  readonly #unused: Set<string>;

  /** @throws NotUnderstood for tables that DynamoDB refuses */
  constructor({ ExpressionAttributeNames: names, ExpressionAttributeValues: values }: SubstitutionInput) {
    this.#names = tableOf(names);
    this.#values = tableOf(values);
    this.#unused = new Set([...Object.keys(this.#names), ...Object.keys(this.#values)]);
  }

  /** The attribute that a name or alias stands for. @throws NotUnderstood for an alias that is not defined, and a reserved word */
  name({ kind, text }: Token): string {
    const name = kind === 'name' ? bareName(text) : this.#take(this.#names, text);
    if (typeof name === 'string' && name !== '' && name.length <= MAX_NAME_LENGTH && name.isWellFormed()) return name;
    throw new NotUnderstood();
  }

  /** The value that a ":v" stands for. @throws NotUnderstood for one that is not defined, or that DynamoDB may refuse */
  value({ text }: Token): AttributeValue {
    const value = this.#take(this.#values, text);
    if (isLiteral(value)) return value;
    throw new NotUnderstood();
  }

  /** To be called when all expressions are read. @throws NotUnderstood when one was not used: DynamoDB refuses that */
  assertAllUsed(): void {
    if (this.#unused.size > 0) throw new NotUnderstood();
  }

  #take<T>(table: Readonly<Record<string, T>>, placeholder: string): T | undefined {
    this.#unused.delete(placeholder);
    return Object.hasOwn(table, placeholder) ? table[placeholder] : undefined;
  }
}

function bareName(text: string): string {
  if (isPerhapsReserved(text)) throw new NotUnderstood();
  return text;
}

/** A table may be left out, and must not be empty. */
function tableOf<T>(table: Record<string, T> | undefined): Record<string, T> {
  if (table === undefined) return {};
  if (typeof table !== 'object' || table === null || Object.keys(table).length === 0) throw new NotUnderstood();
  return table;
}
