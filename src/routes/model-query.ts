/** The query parameters of a list: index, partition, sort condition, filter, page. Read once, against the model's description. */
import type { ModelView } from '../access/index.ts';
import type { ModelDescription } from '../bao/index.ts';
import { isServiceError, ServiceError } from '../lib/errors.ts';
import { parseJson } from '../lib/json-text.ts';
import { PAGE_DEFAULT_ITEMS, PAGE_MAX_ITEMS } from '../wire/limits.ts';
import { ParameterReader, TRUE_OR_FALSE } from './parameter-reader.ts';

const SORT_OPERATORS: Record<string, string> = {
  '': '$eq',
  eq: '$eq',
  gt: '$gt',
  gte: '$gte',
  lt: '$lt',
  lte: '$lte',
  beginsWith: '$beginsWith',
};
const PAGE_PARAMETERS = ['filter', 'fields', 'limit', 'fillPage', 'cursor', 'order', 'count', 'include'] as const;

export interface IndexDescription {
  partitionKey: string;
  sortKey: string | null;
}

/** A list as it was asked for: values are native, names are known. */
export interface ListQuery {
  /** the index's name, or `primary` */
  index: string;
  /** undefined where the partition is the model itself */
  partition: unknown;
  sortCondition: Record<string, Record<string, unknown>> | null;
  filter: Record<string, unknown> | null;
  limit: number;
  direction: 'ASC' | 'DESC';
  /** reads these fields only; null: all */
  fields: string[] | null;
  /** asks on until the page is full of items that pass the filter */
  fillPage: boolean;
  /** counts all items instead of listing them */
  isCount: boolean;
  cursor: string | null;
  include: string[];
}

/**
 * Reads a list query.
 *
 * @param fixed the index and partition when the path names them (a relation), so that no parameter does
 * @throws ServiceError `invalid_input` with one issue per parameter, `unknown_index`, `invalid_filter`
 * @see PROTOCOL.md, Lists
 */
export function readListQuery(url: URL, view: ModelView, fixed?: { index: string; partition: unknown }): ListQuery {
  const model = view.description;
  const reader = new ParameterReader(url);
  const index = fixed?.index ?? chooseIndex(reader.take('index'), reader, model);
  const keys = indexKeys(model, index);
  const partition = fixed ? fixed.partition : readPartition(reader, view, index, keys);
  const query: ListQuery = {
    index,
    partition,
    sortCondition: readSortCondition(reader, view, keys.sortKey),
    filter: readFilter(reader.take('filter')),
    limit: reader.integer('limit', PAGE_DEFAULT_ITEMS, PAGE_MAX_ITEMS),
    direction: reader.oneOf('order', { asc: 'ASC', desc: 'DESC' } as const, 'ASC'),
    fields: knownFields(reader.list('fields'), model),
    fillPage: reader.oneOf('fillPage', TRUE_OR_FALSE, false),
    isCount: reader.oneOf('count', TRUE_OR_FALSE, false),
    cursor: reader.take('cursor'),
    include: reader.list('include') ?? [],
  };
  const ownFields = [...(fixed ? [] : [keys.partitionKey]), keys.sortKey].filter((field) => field !== null && field !== 'modelPrefix');
  reader.finish([...(fixed ? [] : ['index']), ...ownFields, ...PAGE_PARAMETERS].join(', '));
  return query;
}

/** The keys of an index by name, `primary` included. */
export function indexKeys(model: ModelDescription, index: string): IndexDescription {
  return index === 'primary' ? model.primaryKey : (model.indexes[index] ?? unknownIndex(model, index));
}

function chooseIndex(named: string | null, reader: ParameterReader, model: ModelDescription): string {
  if (named !== null) return named === 'primary' || Object.hasOwn(model.indexes, named) ? named : unknownIndex(model, named);
  const { partitionKey } = model.primaryKey;
  if (partitionKey === 'modelPrefix' || reader.has(partitionKey)) return 'primary';
  throw new ServiceError('unknown_index', `Expected ?index= or ?${partitionKey}=, got neither. ${indexesOf(model)}`);
}

function unknownIndex(model: ModelDescription, index: string): never {
  throw new ServiceError('unknown_index', `${model.name} has no index ${JSON.stringify(index.slice(0, 80))}. ${indexesOf(model)}`);
}

function indexesOf(model: ModelDescription): string {
  const names = Object.entries(model.indexes).map(([name, { partitionKey, sortKey }]) => {
    const partition = partitionKey === 'modelPrefix' ? 'all' : `by ${partitionKey}`;
    return `${name} (${partition}${sortKey && sortKey !== 'modelPrefix' ? `, in order of ${sortKey}` : ''})`;
  });
  return names.length === 0 ? 'The model has no index.' : `Its indexes: ${names.join('; ')}.`;
}

function readPartition(reader: ParameterReader, view: ModelView, index: string, keys: IndexDescription): unknown {
  if (keys.partitionKey === 'modelPrefix') return undefined;
  const text = reader.take(keys.partitionKey);
  if (text === null) throw new ServiceError('invalid_input', `The index ${index} needs ?${keys.partitionKey}=…, its partition.`);
  return reader.value(view, keys.partitionKey, text);
}

function readSortCondition(reader: ParameterReader, view: ModelView, sortKey: string | null): ListQuery['sortCondition'] {
  if (sortKey === null || sortKey === 'modelPrefix') return null;
  const condition: Record<string, unknown> = {};
  for (const [operator, text] of reader.takeOperators(sortKey)) {
    const known = SORT_OPERATORS[operator];
    if (known === undefined) {
      reader.refuse(`${sortKey}[${operator}]`, `expected an operator of ${Object.keys(SORT_OPERATORS).filter(Boolean).join(', ')}`);
    } else {
      condition[known] = reader.value(view, sortKey, text);
    }
  }
  return Object.keys(condition).length === 0 ? null : { [sortKey]: condition };
}

/** The fields to answer with that a caller names, of those that it may read; null where it names none. @throws ServiceError `unknown_field` */
export function knownFields(names: string[] | null, { name, fields }: ModelDescription, parameter = '?fields'): string[] | null {
  if (names === null) return null;
  const readable = Object.keys(fields).filter((field) => fields[field]?.schema['writeOnly'] !== true);
  const unknown = names.find((field) => !readable.includes(field));
  if (unknown === undefined && names.length > 0) return names;
  const got = unknown === undefined ? 'none' : JSON.stringify(unknown.slice(0, 80));
  throw new ServiceError('unknown_field', `${parameter}: expected fields of ${name} (${readable.join(', ')}), got ${got}.`);
}

function readFilter(text: string | null): Record<string, unknown> | null {
  if (text === null) return null;
  let filter: unknown;
  try {
    filter = parseJson(text);
  } catch (cause) {
    const reason = isServiceError(cause) ? cause.message : 'Expected JSON.';
    throw new ServiceError('invalid_filter', `?filter=: ${reason}`, { cause });
  }
  if (typeof filter === 'object' && filter !== null && !Array.isArray(filter)) return { ...filter };
  throw new ServiceError('invalid_filter', 'Expected ?filter= to be a JSON object such as {"area":"caching"}.');
}
