/** Brings a table that exists up to date: the indexes it lacks, one after the other as DynamoDB wants it, and expiry. */
import { ServiceError } from '../lib/errors.ts';
import {
  attributeDefinitions,
  checkKeys,
  describeTable,
  enableExpiry,
  hasExpiry,
  indexInput,
  TABLE_KEY,
  tableError,
  wait,
  type TableDescription,
} from './create-table.ts';
import { DynamoClient, type DynamoClientOptions } from './dynamo-client.ts';
import type { IndexProjection, TableIndexes } from './table-profile.ts';

/** What a table lacks. */
export interface TableUpdate {
  /** indexes to add, in the order in which they are added */
  missing: string[];
  /** indexes that DynamoDB is still filling */
  inProgress: string[];
  /** indexes that hold other parts of a row than they should. DynamoDB changes no index: delete it, and run the update again */
  differing: { index: string; expected: IndexProjection; found: IndexProjection }[];
  lacksExpiry: boolean;
  /** rows in the table, as DynamoDB counted them in the last six hours */
  itemCount: number;
}

/** Where an update stands. */
export interface UpdateProgress {
  /** the index that is being added */
  index: string;
  /** how many of the indexes of this update are done */
  done: number;
  total: number;
  /** DynamoDB reads all rows to fill the index, which takes minutes to hours */
  isBackfilling: boolean;
}

const FIRST_POLL_MS = 100;
const POLL_MS = 2_000;

/**
 * What the table lacks.
 *
 * @returns null when there is no table of that name
 * @throws ServiceError `misconfigured` when it has other keys or the credentials do not suffice, `unavailable`
 */
export async function planTableUpdate(options: DynamoClientOptions, tableName: string, indexes: TableIndexes): Promise<TableUpdate | null> {
  const client = new DynamoClient(options);
  const table = await describeTable(client, tableName);
  if (table === null) return null;
  checkKeys(tableName, table);
  return { ...compareIndexes(table, indexes), lacksExpiry: !(await hasExpiry(client, tableName)), itemCount: table.ItemCount ?? 0 };
}

/**
 * Adds what is missing and waits until it can be used. It goes on where an earlier update ended, also in the middle of an index.
 *
 * @param onProgress called before each wait
 * @throws ServiceError as `planTableUpdate`, and `misconfigured` when there is no such table
 */
export async function updateTable(
  options: DynamoClientOptions,
  tableName: string,
  indexes: TableIndexes,
  onProgress: (progress: UpdateProgress) => void = () => undefined,
): Promise<TableUpdate> {
  const update = await planTableUpdate(options, tableName, indexes);
  if (update === null) throw new ServiceError('misconfigured', `table "${tableName}" does not exist`);
  const client = new DynamoClient(options);
  const names = [...update.inProgress, ...update.missing];
  for (const [done, index] of names.entries()) {
    const report = (isBackfilling: boolean) => onProgress({ index, done, total: names.length, isBackfilling });
    if (update.missing.includes(index)) await addIndex(client, tableName, index, indexes);
    await waitForIndex(client, tableName, index, options.sleep ?? wait, report);
  }
  if (update.lacksExpiry) await enableExpiry(client, tableName);
  return update;
}

/**
 * Deletes a table with everything in it.
 *
 * @returns whether there was one
 * @throws ServiceError as `planTableUpdate`
 */
export async function deleteTable(options: DynamoClientOptions, tableName: string): Promise<boolean> {
  const client = new DynamoClient(options);
  const answer = await client.send('DeleteTable', { TableName: tableName }, { repeatability: 'read' });
  if (!answer.ok && answer.error.code === 'table_not_found') return false;
  if (!answer.ok) throw tableError(tableName, answer.error);
  for (let polls = 0; (await describeTable(client, tableName)) !== null; polls += 1) await (options.sleep ?? wait)(pollMs(polls));
  return true;
}

function compareIndexes(table: TableDescription, indexes: TableIndexes): Pick<TableUpdate, 'missing' | 'inProgress' | 'differing'> {
  const present = new Map((table.GlobalSecondaryIndexes ?? []).map((index) => [index.IndexName, index]));
  const names = Object.keys(indexes);
  return {
    missing: names.filter((name) => !present.has(name)),
    inProgress: names.filter((name) => (present.get(name)?.IndexStatus ?? 'ACTIVE') !== 'ACTIVE'),
    differing: names.flatMap((index) => {
      const { ProjectionType, NonKeyAttributes = [] } = present.get(index)?.Projection ?? {};
      const expected = indexes[index]?.projection;
      if (ProjectionType === undefined || expected === undefined) return [];
      const found = ProjectionType === 'INCLUDE' ? NonKeyAttributes : ProjectionType;
      return holds(found, expected) ? [] : [{ index, expected, found }];
    }),
  };
}

/** Whether an index with the projection `found` has everything that one with `expected` would have. */
function holds(found: IndexProjection, expected: IndexProjection): boolean {
  if (found === 'ALL' || expected === 'KEYS_ONLY') return true;
  return Array.isArray(found) && Array.isArray(expected) && expected.every((name) => found.includes(name));
}

async function addIndex(client: DynamoClient, tableName: string, name: string, indexes: TableIndexes): Promise<void> {
  const { [name]: keys = TABLE_KEY } = indexes;
  const input = {
    TableName: tableName,
    AttributeDefinitions: attributeDefinitions([TABLE_KEY, keys]),
    GlobalSecondaryIndexUpdates: [{ Create: indexInput(name, indexes) }],
  };
  const answer = await client.send('UpdateTable', input, { repeatability: 'read', deadlineMs: 30_000 });
  if (answer.ok) return;
  // Refused also when the first of two sendings has begun it.
  const table = await describeTable(client, tableName);
  if (!(table?.GlobalSecondaryIndexes ?? []).some(({ IndexName }) => IndexName === name)) throw tableError(tableName, answer.error);
}

/** Waits as long as DynamoDB takes: for a large table that is hours. */
async function waitForIndex(
  client: DynamoClient,
  tableName: string,
  name: string,
  sleep: (waitMs: number) => Promise<void>,
  report: (isBackfilling: boolean) => void,
): Promise<void> {
  for (let polls = 0; ; polls += 1) {
    const table = await describeTable(client, tableName);
    if (table === null) throw new ServiceError('misconfigured', `table "${tableName}" was deleted while index "${name}" was added`);
    const index = (table.GlobalSecondaryIndexes ?? []).find(({ IndexName }) => IndexName === name);
    if (index === undefined)
      throw new ServiceError('misconfigured', `index "${name}" of table "${tableName}" was deleted while it was added`);
    if ((index.IndexStatus ?? 'ACTIVE') === 'ACTIVE' && table.TableStatus === 'ACTIVE') return;
    report(index.Backfilling === true);
    await sleep(pollMs(polls));
  }
}

/** Soon at first, for small tables. */
function pollMs(polls: number): number {
  return Math.min(POLL_MS, FIRST_POLL_MS * 2 ** polls);
}
