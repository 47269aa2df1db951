/** What a page of items is asked for by: read from the address, so that it can be sent to somebody, and made into a request. */
import { pathOf, type ServiceRequest } from '../../service/request.ts';
import { type Field, isNumeric, type Keys, type Model } from './model.ts';

export const PAGE_ITEMS = 25;

/** Stands for the primary key among the names of indexes, and for searching. */
export const PRIMARY = 'primary';
export const SEARCH = '?';

export const OPERATORS = {
  $eq: 'is',
  $ne: 'is not',
  $lt: 'is less than',
  $lte: 'is at most',
  $gt: 'is more than',
  $gte: 'is at least',
  $beginsWith: 'begins with',
  $contains: 'contains',
  $exists: 'is set',
} as const;
export type Operator = keyof typeof OPERATORS;

export const SORT_OPERATORS = {
  eq: 'is',
  lt: 'is before',
  lte: 'is at most',
  gt: 'is after',
  gte: 'is at least',
  beginsWith: 'begins with',
} as const;
export type SortOperator = keyof typeof SORT_OPERATORS;

export interface Condition {
  field: string;
  operator: Operator;
  text: string;
}

export interface ItemQuery {
  index: string;
  partition: string;
  sortOperator: SortOperator;
  sortValue: string;
  isDescending: boolean;
  conditions: readonly Condition[];
  words: string;
}

/** The query of an address; what it does not say is as it is best for the model. */
export function readQuery(model: Model, parameters: URLSearchParams): ItemQuery {
  const sortOperator = parameters.get('op') ?? '';
  return {
    index: parameters.get('index') ?? firstIndex(model),
    partition: parameters.get('partition') ?? '',
    sortOperator: isSortOperator(sortOperator) ? sortOperator : 'eq',
    sortValue: parameters.get('sort') ?? '',
    isDescending: parameters.get('order') === 'desc',
    conditions: readConditions(parameters.get('where')),
    words: parameters.get('q') ?? '',
  };
}

/** The parameters of an address that has the query. */
export function queryParameters(query: ItemQuery): Record<string, string | null> {
  const { index, partition, sortOperator, sortValue, isDescending, conditions, words } = query;
  return {
    index,
    partition: partition || null,
    op: sortValue === '' ? null : sortOperator,
    sort: sortValue || null,
    order: isDescending ? 'desc' : null,
    where: conditions.length === 0 ? null : JSON.stringify(conditions.map(({ field, operator, text }) => [field, operator, text])),
    q: words || null,
  };
}

export function keysOf(model: Model, index: string): Keys {
  return model.indexes[index] ?? model.primaryKey;
}

/** The request of a page; null as long as something is missing that it needs. */
export function requestOf(tenant: string, model: Model, query: ItemQuery, cursor: string | null): ServiceRequest | null {
  const page = { limit: String(PAGE_ITEMS), ...(cursor === null ? {} : { cursor }) };
  if (query.index === SEARCH) {
    if (query.words.trim() === '') return null;
    return { method: 'GET', path: pathOf(tenant, model.path, 'search'), query: { q: query.words, ...page } };
  }
  const { partitionKey, sortKey } = keysOf(model, query.index);
  if (partitionKey !== null && query.partition === '') return null;
  const sort =
    sortKey === null || query.sortValue === ''
      ? {}
      : { [query.sortOperator === 'eq' ? sortKey : `${sortKey}[${query.sortOperator}]`]: query.sortValue };
  const filter = filterOf(model, query.conditions);
  return {
    method: 'GET',
    path: pathOf(tenant, model.path),
    query: {
      index: query.index,
      ...(partitionKey === null ? {} : { [partitionKey]: query.partition }),
      ...sort,
      ...(query.isDescending ? { order: 'desc' } : {}),
      // Without it a page of a filter may be empty although more follows.
      ...(filter === null ? {} : { filter: JSON.stringify(filter), fillPage: 'true' }),
      ...page,
    },
  };
}

/** An index over the whole model shows something before anybody has said anything. */
function firstIndex({ indexes }: Model): string {
  return Object.entries(indexes).find(([, { partitionKey }]) => partitionKey === null)?.[0] ?? PRIMARY;
}

function filterOf({ fields }: Model, conditions: readonly Condition[]): object | null {
  const all = conditions.flatMap(({ field, operator, text }) => {
    const definition = fields[field];
    return definition === undefined ? [] : [{ [field]: { [operator]: operandOf(definition, operator, text) } }];
  });
  const [first] = all;
  if (first === undefined) return null;
  return all.length === 1 ? first : { $and: all };
}

function operandOf(field: Field, operator: Operator, text: string): unknown {
  if (operator === '$exists') return true;
  if (field.kind === 'boolean') return text === 'true';
  return isNumeric(field) && text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}

/** What stands in an address was written by anybody. */
function readConditions(text: string | null): Condition[] {
  try {
    const rows: unknown = JSON.parse(text ?? '[]');
    if (!Array.isArray(rows)) return [];
    return rows.flatMap((row: unknown) => {
      if (!Array.isArray(row)) return [];
      const [field, operator, value] = row.map(String);
      return field !== undefined && value !== undefined && isOperator(operator) ? [{ field, operator, text: value }] : [];
    });
  } catch {
    return [];
  }
}

function isOperator(text: string | undefined): text is Operator {
  return text !== undefined && Object.hasOwn(OPERATORS, text);
}

function isSortOperator(text: string): text is SortOperator {
  return Object.hasOwn(SORT_OPERATORS, text);
}
