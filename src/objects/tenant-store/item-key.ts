/** Which rows an object may touch, which of them it may cache, and the one name of each. */
import type { ModelProfile, TableProfile } from '../../dynamo/table-profile.ts';
import type { AttributeMap, AttributeValue } from '../../dynamo/types.ts';
import { shardOf } from './shards/division.ts';

/** The primary key of a row that belongs to the object's tenant. */
export interface ItemKey {
  /** names the row: equal for equal keys and for no others */
  readonly id: string;
  readonly table: string;
  /** names the row's partition in the same way */
  readonly partition: string;
  /** the key as DynamoDB takes it */
  readonly attributes: AttributeMap;
  /** the model it is a row of; undefined for rows of no model, unique-constraint rows for one */
  readonly model: ModelProfile | undefined;
}

/**
 * Whose a row is: `own` carries the tenant's prefix; `foreign` that of another; `shared` carries none, so that other objects can reach it
 * and none may cache it; `neighbour` is the tenant's, and another shard's to cache. `malformed` is not a key of the table or breaks DynamoDB's limits: DynamoDB answers for it, alone, so that it fails no batch.
 */
export type KeyClass =
  | { kind: 'own'; key: ItemKey }
  | { kind: 'neighbour'; key: ItemKey; shard: number }
  | { kind: 'foreign' }
  | { kind: 'shared' }
  | { kind: 'malformed' };

const FOREIGN: KeyClass = { kind: 'foreign' };
const SHARED: KeyClass = { kind: 'shared' };
const MALFORMED: KeyClass = { kind: 'malformed' };

/** DynamoDB's limits of key values, in UTF-8 bytes. */
const MAX_PARTITION_KEY_BYTES = 2048;
const MAX_SORT_KEY_BYTES = 1024;
/** A table's own name. DynamoDB also takes its ARN, which would give one row two names here. */
const TABLE_NAME = /^[A-Za-z0-9_.-]{3,255}$/;
const TENANT_PREFIX = /^\[[^\]]*\]#/;

/** True for a table's name, false for its ARN and for anything that is neither. */
export function isTableName(name: unknown): name is string {
  return typeof name === 'string' && TABLE_NAME.test(name);
}

/** The keys of one tenant in tables of one profile. */
export class KeySpace {
  readonly profile: TableProfile;
  /** what the partition keys of the tenant start with: "[acme]#" */
  readonly prefix: string;

  readonly #shard: number;
  readonly #shards: number;

  /** @param part which of how many shards of the tenant; absent: all of it */
  constructor(profile: TableProfile, tenant: string, part: { shard: number; shards: number } = { shard: 0, shards: 1 }) {
    this.profile = profile;
    this.#shard = part.shard;
    this.#shards = part.shards;
    this.prefix = `[${tenant}]#`;
  }

  /** Whether `partitionKey` carries the prefix of another tenant. */
  isForeign(partitionKey: string): boolean {
    return partitionKey.startsWith('[') && !partitionKey.startsWith(this.prefix) && TENANT_PREFIX.test(partitionKey);
  }

  /** @param attributes a key: the two key attributes and nothing else */
  classify(table: string, attributes: AttributeMap): KeyClass {
    let count = 0;
    for (const _name in attributes) count++;
    return count === 2 ? this.classifyItem(table, attributes) : this.#refuseOr(attributes, MALFORMED);
  }

  /** As `classify`, for an item: its other attributes are left out of the key. */
  classifyItem(table: string, item: AttributeMap): KeyClass {
    const partitionKey = this.#text(item, this.profile.key.partitionKey);
    const sortKey = this.#text(item, this.profile.key.sortKey);
    if (partitionKey === undefined || !partitionKey.startsWith(this.prefix)) return this.#refuseOr(item, SHARED);
    if (sortKey === undefined || !fits(partitionKey, MAX_PARTITION_KEY_BYTES) || !fits(sortKey, MAX_SORT_KEY_BYTES)) return MALFORMED;
    const key = new OwnKey(this.partitionId(table, partitionKey), sortKey, table, this, partitionKey);
    const shard = this.#shards === 1 ? this.#shard : shardOf(partitionKey, this.#shards);
    return shard === this.#shard ? { kind: 'own', key } : { kind: 'neighbour', key, shard };
  }

  /** Whether the tables have indexes. */
  get hasIndexes(): boolean {
    for (const _name in this.profile.indexes) return true;
    return false;
  }

  /** Whether there are other shards. */
  get isDivided(): boolean {
    return this.#shards > 1;
  }

  /** The shard of the partition that an id of a key names. */
  shardOfId(id: string): number {
    return shardOf(partitionKeyOfId(id), this.#shards);
  }

  /** Whether rows of the partition are another shard's. */
  isNeighbours(partitionKey: string): boolean {
    return this.isDivided && shardOf(partitionKey, this.#shards) !== this.#shard;
  }

  /** The key of any row of a table, whosever it is; undefined when the row is not whole. */
  keyOfRow(row: AttributeMap): AttributeMap | undefined {
    const { partitionKey, sortKey } = this.profile.key;
    const [partition, sort] = [row[partitionKey], row[sortKey]];
    return partition === undefined || sort === undefined ? undefined : { [partitionKey]: partition, [sortKey]: sort };
  }

  /** Names a partition; with the sort key behind it, a row. The length keeps the two apart. */
  partitionId(table: string, partitionKey: string): string {
    return `${table}/${partitionKey.length}:${partitionKey}`;
  }

  /** The key of the row that `id` names, one of `ItemKey.id`. */
  keyOfId(id: string): ItemKey {
    const partition = partitionOfId(id);
    const table = partition.slice(0, partition.indexOf('/'));
    return new OwnKey(partition, id.slice(partition.length), table, this, partition.slice(partition.indexOf(':') + 1));
  }

  modelOf(partitionKey: string): ModelProfile | undefined {
    const end = partitionKey.indexOf('#', this.prefix.length);
    const prefix = partitionKey.slice(this.prefix.length, end === -1 ? undefined : end);
    return Object.hasOwn(this.profile.models, prefix) ? this.profile.models[prefix] : undefined;
  }

  /** The partition key's text in `attributes`, when it has one. */
  partitionKeyOf(attributes: AttributeMap): string | undefined {
    return this.#text(attributes, this.profile.key.partitionKey);
  }

  #refuseOr(attributes: AttributeMap, otherwise: KeyClass): KeyClass {
    const partitionKey = this.partitionKeyOf(attributes);
    return partitionKey !== undefined && this.isForeign(partitionKey) ? FOREIGN : otherwise;
  }

  #text(attributes: AttributeMap, name: string): string | undefined {
    return textOf(attributes[name]);
  }
}

/** The partition of the row that `id` names. */
export function partitionOfId(id: string): string {
  const [head = '', length] = /^[^/]*\/(\d+):/.exec(id) ?? [];
  return id.slice(0, head.length + Number(length));
}

/** The partition key of the row that `id` names. */
export function partitionKeyOfId(id: string): string {
  const partition = partitionOfId(id);
  return partition.slice(partition.indexOf(':') + 1);
}

/** The sort key of the row that `id` names. */
export function sortKeyOfId(id: string): string {
  return id.slice(partitionOfId(id).length);
}

/** A hit needs `id` alone; the rest is made when a miss asks for it. */
class OwnKey implements ItemKey {
  readonly id: string;
  readonly partition: string;
  readonly table: string;
  readonly #sortKey: string;
  readonly #partitionKey: string;
  readonly #space: KeySpace;

  constructor(partition: string, sortKey: string, table: string, space: KeySpace, partitionKey: string) {
    this.id = partition + sortKey;
    this.partition = partition;
    this.table = table;
    this.#sortKey = sortKey;
    this.#partitionKey = partitionKey;
    this.#space = space;
  }

  get attributes(): AttributeMap {
    const { partitionKey, sortKey } = this.#space.profile.key;
    return { [partitionKey]: { S: this.#partitionKey }, [sortKey]: { S: this.#sortKey } };
  }

  get model(): ModelProfile | undefined {
    return this.#space.modelOf(this.#partitionKey);
  }
}

/** The text of an attribute value of type S; undefined for any other, and for what is no attribute value. */
export function textOf(value: AttributeValue | undefined): string | undefined {
  return typeof value === 'object' && value !== null && 'S' in value && typeof value.S === 'string' ? value.S : undefined;
}

const encoder = new TextEncoder();

/** Not empty, at most `maxBytes` in UTF-8, and text at all: DynamoDB refuses a half of a surrogate pair. */
function fits(text: string, maxBytes: number): boolean {
  if (text.length === 0 || !text.isWellFormed()) return false;
  return text.length * 3 <= maxBytes || (text.length <= maxBytes && encoder.encode(text).byteLength <= maxBytes);
}
