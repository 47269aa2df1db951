/** Names that stand in every table of this layout; they are on disk and never change (docs/design/bao-layout.md). */

/** A secondary index that a model may use, by its name in the table. */
export const GSI_INDEX_ID1 = 'gsi1';
/** As `GSI_INDEX_ID1`. */
export const GSI_INDEX_ID2 = 'gsi2';
/** As `GSI_INDEX_ID1`. */
export const GSI_INDEX_ID3 = 'gsi3';
/** As `GSI_INDEX_ID1`. */
export const GSI_INDEX_ID4 = 'gsi4';
/** As `GSI_INDEX_ID1`. */
export const GSI_INDEX_ID5 = 'gsi5';
/** The secondary indexes a model may use. */
export const GSI_INDEX_IDS = [GSI_INDEX_ID1, GSI_INDEX_ID2, GSI_INDEX_ID3, GSI_INDEX_ID4, GSI_INDEX_ID5] as const;

/** A guard row that a model may have, by what its key ends with. */
export const UNIQUE_CONSTRAINT_ID1 = '_uc1';
/** As `UNIQUE_CONSTRAINT_ID1`. */
export const UNIQUE_CONSTRAINT_ID2 = '_uc2';
/** As `UNIQUE_CONSTRAINT_ID1`. */
export const UNIQUE_CONSTRAINT_ID3 = '_uc3';
/** The guard rows a model may have. */
export const UNIQUE_CONSTRAINT_IDS = [UNIQUE_CONSTRAINT_ID1, UNIQUE_CONSTRAINT_ID2, UNIQUE_CONSTRAINT_ID3] as const;
/** Sort key of a guard row, and the first part of its partition key. */
export const UNIQUE_CONSTRAINT_KEY = '_raft_uc';

/** The index by which all objects of an iterable model are read. */
export const ITERATION_INDEX_NAME = 'iter_index';
/** The same, under the name that dynamo-bao gave it first. */
export const LEGACY_ITERATION_INDEX_NAME = 'iter_index';
/** The index that has the words of searchable models. */
export const SEARCH_INDEX_NAME = 'iter_search_index';
/** The partition key of both: the model and a bucket. */
export const ITERATION_PK_FIELD = '_iter_pk';
/** Their sort key. */
export const ITERATION_SK_FIELD = '_iter_sk';
/** The attribute that has the words. */
export const SEARCH_TEXT_FIELD = '_searchText';

/** Begins the partitions that indexes of several models share; no prefix of a model begins with "_". */
export const COLLECTION_KEY = '_collection';
/** The table's partition key. */
export const PARTITION_KEY_FIELD = '_pk';
/** The table's sort key. */
export const SORT_KEY_FIELD = '_sk';
/** The version of the model that wrote a row, of models that have had more than one. */
export const SCHEMA_VERSION_FIELD = '_schemaVersion';
/** Stands for the model's prefix in a primary key or an index. */
export const MODEL_PREFIX = 'modelPrefix';
/** Between the two parts of a composite primary id. */
export const PRIMARY_ID_SEPARATOR = '##__SK__##';
/** The only name a TtlField may have: DynamoDB expires rows by this attribute. */
export const TTL_FIELD = 'ttl';

/** Every attribute that the layout adds to a row. */
export const SYSTEM_FIELDS: readonly string[] = /* @__PURE__ */ [PARTITION_KEY_FIELD, SORT_KEY_FIELD].concat(
  /* @__PURE__ */ GSI_INDEX_IDS.flatMap((id) => [`_${id}_pk`, `_${id}_sk`]),
  [ITERATION_PK_FIELD, ITERATION_SK_FIELD, SEARCH_TEXT_FIELD],
);
