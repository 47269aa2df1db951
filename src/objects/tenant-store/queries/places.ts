/** Where rows stand: which partitions of a table and of its indexes a row is in. A query reads one of them. */
import type { QueriedRows } from '../../../dynamo/expressions/parse-query.ts';
import type { TableProfile } from '../../../dynamo/table-profile.ts';
import type { AttributeMap, QueryInput } from '../../../dynamo/types.ts';
import { textOf, type ItemKey, type KeySpace } from '../item-key.ts';

/** A partition of a table, or of one of its secondary indexes. */
export interface Place {
  /** names the table or the index */
  readonly collection: string;
  readonly partition: string;
}

/** Where in a place a row stands. */
export interface Position extends Place {
  readonly sort: string;
}

/** A table or an index, as its queries see it. */
export interface Collection {
  readonly name: string;
  /** undefined for a table */
  readonly indexName: string | undefined;
  readonly rows: QueriedRows;
}

export class Places {
  readonly #keySpace: KeySpace;
  /** by name; those whose rows all belong to tenants */
  readonly #indexes: ReadonlyMap<string, QueriedRows>;

  constructor(keySpace: KeySpace) {
    this.#keySpace = keySpace;
    const { profile } = keySpace;
    const names = Object.keys(profile.indexes).filter((name) => !hasRowsOfNobody(profile, name));
    this.#indexes = new Map(
      names.flatMap((name) => {
        const index = profile.indexes[name];
        return index === undefined ? [] : [[name, { key: index, tableKey: profile.key, projection: index.projection }] as const];
      }),
    );
  }

  /** What a query reads; undefined for an index that the profile does not know, or in which other tenants' writers may put rows. */
  collectionOf({ TableName, IndexName }: Pick<QueryInput, 'TableName' | 'IndexName'>): Collection | undefined {
    const { profile } = this.#keySpace;
    const rows = IndexName === undefined ? { key: profile.key, tableKey: profile.key, projection: null } : this.#indexes.get(IndexName);
    return rows && { name: nameOf(TableName, IndexName), indexName: IndexName, rows };
  }

  /** All indexes of a table. */
  indexesOf(table: string): Collection[] {
    return Array.from(this.#indexes, ([indexName, rows]) => ({ name: nameOf(table, indexName), indexName, rows }));
  }

  /** Where a row stands in its table; null when there is no row. */
  positionOfKey({ table, attributes }: ItemKey): Position {
    const { partitionKey, sortKey } = this.#keySpace.profile.key;
    return { collection: table, partition: textOf(attributes[partitionKey]) ?? '', sort: textOf(attributes[sortKey]) ?? '' };
  }

  /** Where a row stands in an index; null when it is not in it, or in a partition that is not the tenant's. */
  positionIn({ name, rows }: Collection, item: AttributeMap): Position | null {
    const partition = textOf(item[rows.key.partitionKey]);
    const sort = textOf(item[rows.key.sortKey]);
    if (partition === undefined || sort === undefined || !this.isOwn(partition)) return null;
    return { collection: name, partition, sort };
  }

  /** Whether a partition of a table or index holds rows of this tenant, and no others. */
  isOwn(partition: string): boolean {
    return partition.startsWith(this.#keySpace.prefix);
  }
}

/** Whether a collection of this name is an index. */
export function isIndex(collection: string): boolean {
  return collection.includes('/');
}

/** A table's name has no slash. */
function nameOf(table: string, indexName: string | undefined): string {
  return indexName === undefined ? table : `${table}/${indexName}`;
}

/** Rows of such models carry no tenant in their primary key, so that other objects write them too. */
function hasRowsOfNobody({ models }: TableProfile, indexName: string): boolean {
  return Object.values(models).some((model) => !model.hasTenantPrefix && model.indexes.includes(indexName));
}
