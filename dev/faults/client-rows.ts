/**
 * The rows of random clients. Four stand in a partition, most of them in two secondary indexes as well, and each has the name of the write that it
 * comes from. A row's own name is its keys: "[acme]#k#3/r1".
 */
import type { AttributeMap } from '../../src/dynamo/types.ts';

const ROWS_PER_PARTITION = 4;
const ROWS_PER_PLACE = 10;

/** @param prefix "[acme]#" */
export function rowName(prefix: string, number: number): string {
  return `${prefix}k#${Math.floor(number / ROWS_PER_PARTITION)}/r${number % ROWS_PER_PARTITION}`;
}

export function keyOf(name: string): AttributeMap {
  const [partition = '', sort = ''] = name.split('/');
  return { _pk: { S: partition }, _sk: { S: sort } };
}

/** @param row one, or its key */
export function nameOf(row: Record<string, unknown>): string {
  return `${textOf(row, '_pk')}/${textOf(row, '_sk')}`;
}

/** The text of an attribute; '' when there is none. */
export function textOf(row: Record<string, unknown>, attribute: string): string {
  const value = row[attribute];
  return typeof value === 'object' && value !== null && 'S' in value ? String(value.S) : '';
}

/** The value that names the write an item came from. */
export function valueOf(item: AttributeMap | null | undefined): string | null {
  const value = item?.['value'];
  return value !== undefined && 'S' in value ? value.S : null;
}

/** What rows are made of besides their names. */
export interface RowChance {
  prefix: string;
  /** how many rows there are */
  keys: number;
  /** 0 (included) to 1 (not) */
  random: () => number;
}

/** A row that a write leaves. */
export function itemOf(name: string, write: string, chance: RowChance): AttributeMap {
  return { ...keyOf(name), value: { S: write }, kind: { S: chance.random() < 0.5 ? 'a' : 'b' }, ...positionOf(name, chance) };
}

/** Where in the indexes a row stands; some are not in them. No two rows have the same sort key: in which order DynamoDB keeps those is its secret. */
export function positionOf(name: string, chance: RowChance): AttributeMap {
  if (chance.random() < 0.2) return {};
  const [place, sort] = [{ S: placeOf(chance) }, { S: `${Math.floor(chance.random() * 10)}:${name}` }];
  return { _gsi1_pk: place, _gsi1_sk: sort, _iter_pk: place, _iter_sk: sort };
}

/** One of the partitions of the indexes. */
export function placeOf({ prefix, keys, random }: RowChance): string {
  return `${prefix}g#${Math.floor(random() ** 2 * Math.ceil(keys / ROWS_PER_PLACE))}`;
}
