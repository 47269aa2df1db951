/**
 * Indexes that hold a part of each row: what they lack is read from the table, and what DynamoDB would not see is refused.
 * `steamer/bao/index-projections` for programs of `steamer/bao/core`.
 */
import type { IndexProjection } from '../dynamo/table-profile.ts';
import type { AttributeMap } from '../dynamo/types.ts';
import { PARTITION_KEY_FIELD, SORT_KEY_FIELD } from './constants.ts';
import { QueryError } from './errors.ts';
import type { Placeholders } from './expression.ts';
import { addFeature } from './features.ts';
import { indexAttributes, keyOfRow, rowIdentity } from './layout.ts';
import type { IndexDefinition, ModelDefinition } from './model-definition.ts';
import { projectedAttributes } from './projection.ts';
import { readRows } from './read-rows.ts';
import type { StoreSession } from './store-session.ts';
import { decidingFields, isVisible, visibilityTerms } from './visibility.ts';
import type { VisibilityOptions } from './visibility.ts';

/** Options of a query that say which rows and what of them. */
interface RowWish extends VisibilityOptions {
  fields?: readonly string[];
}

/** The attributes that an index holds, where those are not all. */
export class IndexPart {
  readonly #name: string;
  readonly #held: ReadonlySet<string>;

  constructor(index: IndexDefinition, projection: IndexProjection) {
    this.#name = index.name;
    const keys = [PARTITION_KEY_FIELD, SORT_KEY_FIELD, ...Object.values(indexAttributes(index))];
    this.#held = new Set([...keys, ...(typeof projection === 'string' ? [] : projection)]);
  }

  /**
   * Refuses a filter over what the index does not hold: to DynamoDB such attributes are missing in every row.
   *
   * @param placeholders the names that the filter uses
   * @throws QueryError
   */
  checkFilter({ fields }: ModelDefinition, placeholders: Placeholders): void {
    const names = Object.values(placeholders.toInput().ExpressionAttributeNames ?? {});
    const missing = names.filter((name) => fields.has(name) && !this.#held.has(name));
    if (missing.length === 0) return;
    throw new QueryError(
      `Filter on '${this.#name}' references attribute(s) that aren't projected: [${missing.join(', ')}]. ` +
        `The index projects: [${[...this.#held].join(', ')}].`,
      this.#name,
      missing[0] ?? null,
    );
  }

  /**
   * The terms of a filter that leave out objects that are hidden; none where the index does not say which: then `rowsOfTable` leaves them out.
   *
   * @throws QueryError for a count by such an index
   */
  visibilityTerms(definition: ModelDefinition, options: VisibilityOptions & { countOnly?: boolean }, placeholders: Placeholders): string[] {
    const missing = decidingFields(definition, options).filter((name) => !this.#held.has(name));
    if (missing.length === 0) return visibilityTerms(definition, options, placeholders);
    if (!options.countOnly) return [];
    throw new QueryError(
      `the index ${this.#name} can not count: it does not hold ${missing.join(' and ')}, by which objects are hidden. ` +
        'Add it to the projection, or ask for all objects',
      this.#name,
    );
  }

  /** Whether a query has to read the rows that the index names from the table. */
  lacks(definition: ModelDefinition, { fields, only }: RowWish): boolean {
    const wanted = fields && projectedAttributes(definition, fields, only);
    return wanted === undefined || wanted.some((name) => !this.#held.has(name));
  }

  /**
   * The rows that the index names, as they are in the table. Those that are gone since, or that the options do not show, are left out.
   *
   * @throws ServiceError when one could not be read
   */
  async rowsOfTable(
    session: StoreSession,
    definition: ModelDefinition,
    found: readonly AttributeMap[],
    wish: RowWish,
  ): Promise<{ rows: AttributeMap[]; readUnits: number }> {
    const keys = found.map(keyOfRow);
    const attributes = wish.fields && projectedAttributes(definition, wish.fields, wish.only);
    if (keys.length === 0) return { rows: [], readUnits: 0 };
    const read = await readRows(session, keys, { attributes });
    const rows: AttributeMap[] = [];
    let readUnits = 0;
    for (const key of keys) {
      const outcome = read.get(rowIdentity(key));
      if (outcome instanceof Error) throw outcome;
      readUnits += outcome?.readUnits ?? 0;
      if (outcome?.row && isVisible(definition, outcome.row, wish)) rows.push(outcome.row);
    }
    return { rows, readUnits };
  }
}

addFeature('index-projections', (index, projection) => new IndexPart(index, projection));
