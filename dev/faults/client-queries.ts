/** The queries of random clients, and what each page of an answer says of every row: of those on it, and of those that are not. */
import type { AttributeMap, QueryInput, QueryOutput } from '../../src/dynamo/types.ts';
import { keyOf, nameOf, placeOf, rowName, textOf, valueOf, type RowChance } from './client-rows.ts';
import type { AppliedWrite, Operation } from './history.ts';

/** A page as a client saw it. */
export interface SeenPage {
  input: QueryInput;
  output: QueryOutput;
  startedAt: number;
  endedAt: number;
  note?: string;
}

const NARROW = {
  ProjectionExpression: '#pkOfTable, #skOfTable, #value',
  ExpressionAttributeNames: { '#pkOfTable': '_pk', '#skOfTable': '_sk', '#value': 'value' },
};
const FILTERED = { FilterExpression: 'kind = :kind', ExpressionAttributeValues: { ':kind': { S: 'a' } } };
/** What clients ask for; most of them the same. */
const SHAPES: readonly Partial<QueryInput>[] = [
  {},
  { Limit: 2 },
  { Limit: 2, ScanIndexForward: false },
  NARROW,
  FILTERED,
  { ...NARROW, ...FILTERED, Limit: 2 },
];

/** A query of a partition of the table, of an index that holds whole rows, or of one that holds their keys. */
export function randomQuery(table: string, chance: RowChance): QueryInput {
  const { prefix, keys, random } = chance;
  const isOfTable = random() < 0.4;
  const isOfKeys = !isOfTable && random() < 0.2;
  const partition = isOfTable ? textOf(keyOf(rowName(prefix, Math.floor(random() ** 2 * keys))), '_pk') : placeOf(chance);
  const shape = SHAPES[Math.floor(random() ** 2 * SHAPES.length)] ?? {};
  // One index does not hold what is filtered and asked for.
  const { FilterExpression: _filter, ProjectionExpression: _attributes, ...ofKeys } = shape;
  const more = isOfKeys ? { ...ofKeys, ExpressionAttributeNames: {}, ExpressionAttributeValues: {} } : shape;
  return {
    TableName: table,
    ...(isOfTable ? {} : { IndexName: isOfKeys ? 'iter_index' : 'gsi1' }),
    KeyConditionExpression: '#pk = :pk',
    ...(isOfTable && random() < 0.2 ? { ConsistentRead: true } : {}),
    ...more,
    ExpressionAttributeNames: { '#pk': isOfTable ? '_pk' : isOfKeys ? '_iter_pk' : '_gsi1_pk', ...more.ExpressionAttributeNames },
    ExpressionAttributeValues: { ':pk': { S: partition }, ...more.ExpressionAttributeValues },
  };
}

/** What all pages say of all rows. @param rows what was ever written of each, by name */
export function operationsOf(pages: readonly SeenPage[], rows: ReadonlyMap<string, readonly AppliedWrite[]>): Operation[] {
  const inPlaces = rowsByPlace(rows);
  return pages.flatMap((page) => {
    const { input, output, startedAt, endedAt, note = '' } = page;
    const seen = new Map(output.Items?.map((row) => [nameOf(row), row]));
    const isOnPage = membershipOf(page);
    const keys = new Set([...seen.keys(), ...(inPlaces.get(placeName(...placeOfQuery(input))) ?? [])]);
    return Array.from(keys, (key): Operation => {
      const row = seen.get(key);
      const value = valueOf(row);
      // An index of keys does not show by which write a row is as it is.
      const admits = (item: AttributeMap | null) =>
        row === undefined ? !isOnPage(item) : isOnPage(item) && (value === null || valueOf(item) === value);
      return { key, startedAt, endedAt, kind: 'read', value: null, admits, note: `${note} ${input.IndexName ?? 'table'}: ${value}` };
    });
  });
}

/** Which rows ever stood in each partition of the table and of the indexes. */
function rowsByPlace(rows: ReadonlyMap<string, readonly AppliedWrite[]>): Map<string, Set<string>> {
  const places = new Map<string, Set<string>>();
  for (const [key, applied] of rows) {
    for (const { item } of applied) {
      for (const attribute of item ? PARTITION_KEYS : []) {
        const place = placeName(attribute, textOf(item ?? {}, attribute));
        places.set(place, (places.get(place) ?? new Set()).add(key));
      }
    }
  }
  return places;
}

const PARTITION_KEYS = ['_pk', '_gsi1_pk', '_iter_pk'];

function placeOfQuery({ ExpressionAttributeNames: names = {}, ExpressionAttributeValues: values = {} }: QueryInput): [string, string] {
  return [names['#pk'] ?? '', textOf(values, ':pk')];
}

function placeName(attribute: string, partition: string): string {
  return `${attribute} ${partition}`;
}

/** Whether a row belongs on a page, if it is this one. */
function membershipOf({ input, output }: SeenPage): (item: AttributeMap | null) => boolean {
  const { ExclusiveStartKey: start, ExpressionAttributeValues: values = {}, ScanIndexForward = true } = input;
  const [partitionKey, partition] = placeOfQuery(input);
  const sortKey = partitionKey.replace('_pk', '_sk');
  const kind = values[':kind'] === undefined ? null : textOf(values, ':kind');
  const [first, last] = [start, output.LastEvaluatedKey].map((key) => key && textOf(key, sortKey));
  const isAfter = (one: string, other: string) => (ScanIndexForward ? one > other : one < other);
  return (item) => {
    if (item === null || textOf(item, partitionKey) !== partition || (kind !== null && textOf(item, 'kind') !== kind)) return false;
    const sort = textOf(item, sortKey);
    return (first === undefined || isAfter(sort, first)) && (last === undefined || !isAfter(sort, last));
  };
}
