/** Filters and conditions: the object syntax with `$` operators, made into DynamoDB's expression language. */
import { describeValue } from '../lib/describe-value.ts';
import { SEARCH_TEXT_FIELD } from './constants.ts';
import { QueryError, ValidationError } from './errors.ts';
import type { Placeholders } from './expression.ts';
import type { BaoField } from './fields/field.ts';
import { FilterBudget } from './filter-size.ts';
import { nestedPartsOf } from './model-definition.ts';
import type { ModelDefinition } from './model-definition.ts';
import { isSenseless } from './operator-kinds.ts';
import { operatorsOf } from './operators-of.ts';
import { isPlainObject } from '../lib/plain-object.ts';

/** What one field of a filter may be compared with. Several operators must all hold. */
export interface FilterOperators<Value> {
  $eq?: Value | null;
  $ne?: Value | null;
  $gt?: Ordered<Value>;
  $gte?: Ordered<Value>;
  $lt?: Ordered<Value>;
  $lte?: Ordered<Value>;
  $in?: readonly Value[];
  /** both ends included */
  $between?: readonly [Ordered<Value>, Ordered<Value>];
  /** part of a text, member of a set, or element of a list */
  $contains?: [Value] extends [Single | Uint8Array] ? never : Value extends readonly (infer Element)[] ? Element : string;
  $beginsWith?: [Value] extends [Single | Several | Uint8Array] ? never : string;
  $exists?: boolean;
  /** characters of a text, bytes, or members of a set, list or map */
  $size?: [Value] extends [Single] ? never : number | SizeOperators;
}

/** Values without characters or members. */
type Single = number | bigint | boolean | Date;
type Several = ReadonlySet<unknown> | readonly unknown[];
type Ordered<Value> = [Value] extends [boolean | Several] ? never : Value;

/** How a size may be compared. */
export type SizeOperators = Partial<Record<'$eq' | '$ne' | '$gt' | '$gte' | '$lt' | '$lte', number>>;

/** A filter over a model with these attributes: fields and groups must all hold; `{field: null}` means the row has no such attribute. */
export type Filter<Attributes extends object = Record<string, unknown>> = {
  readonly [Name in keyof Attributes]?: Attributes[Name] | FilterOperators<NonNullable<Attributes[Name]>> | null;
} & {
  readonly $and?: readonly Filter<Attributes>[];
  readonly $or?: readonly Filter<Attributes>[];
  readonly $not?: Filter<Attributes>;
};

const COMPARISONS: Readonly<Record<string, string>> = { $eq: '=', $ne: '<>', $gt: '>', $gte: '>=', $lt: '<', $lte: '<=' };

/**
 * The expression of a filter or condition; null for an empty one.
 *
 * @param placeholders gains the names and values that the expression uses
 * @throws QueryError for an unknown field or operator, or a filter that is too deep or too large
 * @throws ValidationError for an operand that is not of the field's kind
 */
export function compileFilter(definition: ModelDefinition, filter: unknown, placeholders: Placeholders): string | null {
  const terms = new FilterCompiler(definition, placeholders).terms(filter);
  return terms.length === 0 ? null : joinTerms(terms, 'AND');
}

/** What one condition is about. */
interface Compared {
  name: string;
  /** as expressions write it */
  attribute: string;
  field: BaoField;
}

/** `(a AND b)`; one term stands alone. */
function joinTerms(terms: readonly string[], operator: 'AND' | 'OR'): string {
  return terms.length === 1 ? String(terms[0]) : `(${terms.join(` ${operator} `)})`;
}

class FilterCompiler {
  readonly #definition: ModelDefinition;
  readonly #placeholders: Placeholders;
  readonly #budget = new FilterBudget();

  constructor(definition: ModelDefinition, placeholders: Placeholders) {
    this.#definition = definition;
    this.#placeholders = placeholders;
  }

  /** The terms that must all hold. */
  terms(filter: unknown): string[] {
    return this.#budget.within(() => this.#terms(filter));
  }

  #terms(filter: unknown): string[] {
    if (!isPlainObject(filter)) throw new QueryError(`expected a filter object, got ${describeValue(filter)}`);
    const defined = Object.entries(filter).filter(([, operand]) => operand !== undefined);
    return defined.flatMap(([name, operand]) => {
      if (name === '$and' || name === '$or') return this.#group(name, operand);
      if (name === '$not') return [`NOT ${this.#nested(operand, '$not')}`];
      if (name.startsWith('$')) throw new QueryError(`Invalid operator ${name}: expected a field, $and, $or or $not`);
      return this.#field(name, operand);
    });
  }

  #group(name: '$and' | '$or', operand: unknown): string[] {
    if (!Array.isArray(operand) || operand.length === 0)
      throw new QueryError(`${name} must be an array of filters, got ${describeValue(operand)}`);
    return [
      joinTerms(
        operand.map((part: unknown) => this.#nested(part, name)),
        name === '$and' ? 'AND' : 'OR',
      ),
    ];
  }

  #nested(part: unknown, operator: string): string {
    this.#budget.count(null);
    const terms = this.terms(part);
    if (terms.length === 0) throw new QueryError(`${operator} has an empty filter in it`);
    return joinTerms(terms, 'AND');
  }

  #field(name: string, operand: unknown): string[] {
    const compared = this.#comparedOf(name);
    const operators = operatorsOf(compared.field, operand);
    if (operators.length === 0) throw new QueryError(`the condition of field ${name} is empty`, null, name);
    return operators.map(([operator, value]) => this.#compare(compared, operator, value));
  }

  /** What a name stands for: a field, a part of one by its path, or the search text. */
  #comparedOf(name: string): Compared {
    const { fields, searchText } = this.#definition;
    const own = name === SEARCH_TEXT_FIELD ? searchText : fields.get(name);
    const part = own
      ? { field: own, attribute: this.#placeholders.name(name) }
      : nestedPartsOf(this.#definition)?.find(fields, name, this.#placeholders);
    if (!part) throw new QueryError(`Unknown field in filter: ${name.slice(0, 80)}`, null, name);
    return { name, ...part };
  }

  #compare(compared: Compared, operator: string, value: unknown): string {
    const { attribute, name, field } = compared;
    this.#budget.count(value);
    if (isSenseless(field, operator))
      throw new QueryError(`${name}: ${operator} never holds for a field of kind ${field.storedKind}`, null, name);
    const operand = (part: unknown) => this.#operand(name, field, part);
    switch (operator) {
      case '$eq':
        return value === null ? `attribute_not_exists(${attribute})` : `${attribute} = ${operand(value)}`;
      case '$ne':
        return value === null ? `attribute_exists(${attribute})` : `${attribute} <> ${operand(value)}`;
      case '$gt':
      case '$gte':
      case '$lt':
      case '$lte':
        return `${attribute} ${COMPARISONS[operator]} ${operand(value)}`;
      case '$in':
        return isIn(attribute, listOf(value, '$in', name).map(operand));
      case '$between': {
        const [low, high, ...rest] = listOf(value, '$between', name);
        if (low === undefined || high === undefined || rest.length > 0)
          throw new ValidationError(`${name}: $between expects two values`, name, value);
        return `${attribute} BETWEEN ${operand(low)} AND ${operand(high)}`;
      }
      case '$contains':
        return `contains(${attribute}, ${this.#contained(compared, value)})`;
      case '$beginsWith':
        return `begins_with(${attribute}, ${this.#text(compared, operator, value)})`;
      case '$exists':
        if (typeof value !== 'boolean')
          throw new ValidationError(`${name}: $exists expects true or false, got ${describeValue(value)}`, name, value);
        return value ? `attribute_exists(${attribute})` : `attribute_not_exists(${attribute})`;
      case '$size':
        return this.#size(attribute, name, value);
      default:
        throw new QueryError(invalidOperator(compared, operator.slice(0, 80)), null, name);
    }
  }

  /** A value as it is compared with what is stored. */
  #operand(name: string, field: BaoField, value: unknown): string {
    try {
      return this.#placeholders.attributeValue(field.marshall(field.toFilterDy(value)));
    } catch (error) {
      throw error instanceof ValidationError ? error.ofField(name, value) : error;
    }
  }

  /** An element of a list; of a text or a set a text. */
  #contained(compared: Compared, value: unknown): string {
    const element = compared.field.partAt(0);
    return element === null ? this.#text(compared, '$contains', value) : this.#operand(compared.name, element, value);
  }

  /** The text operand of `$contains` and `$beginsWith`, which need not be a whole value of the field. */
  #text({ name, field }: Compared, operator: string, value: unknown): string {
    if (typeof value !== 'string')
      throw new ValidationError(`${name}: ${operator} expects a string, got ${describeValue(value)}`, name, value);
    return this.#placeholders.text(field.toFilterText(value));
  }

  #size(attribute: string, name: string, value: unknown): string {
    const comparisons = Object.entries(isPlainObject(value) ? value : { $eq: value });
    const [comparison, ...rest] = comparisons;
    const operator = comparison && COMPARISONS[comparison[0]];
    if (!comparison || !operator || rest.length > 0 || !Number.isSafeInteger(comparison[1])) {
      throw new ValidationError(`${name}: $size expects a whole number or one comparison with one, such as {"$gt": 3}`, name, value);
    }
    return `size(${attribute}) ${operator} ${this.#placeholders.number(Number(comparison[1]))}`;
  }
}

function invalidOperator({ name, field }: Compared, operator: string): string {
  if (operator.startsWith('$') || !field.parts) return `Invalid operator ${operator} for field ${name}`;
  return `${name}: expected a part by its path ("${name}.${operator}"), or the whole by $eq, got an object`;
}

/** DynamoDB has no empty IN: nothing is a member of nothing. */
function isIn(attribute: string, operands: readonly string[]): string {
  if (operands.length === 0) return `(attribute_exists(${attribute}) AND attribute_not_exists(${attribute}))`;
  return `${attribute} IN (${operands.join(', ')})`;
}

function listOf(value: unknown, operator: string, name: string): unknown[] {
  if (Array.isArray(value)) return value;
  throw new ValidationError(`${name}: ${operator} expects an array, got ${describeValue(value)}`, name, value);
}
