/** Models as clients see them: the generated shapes, with what JSON makes of native values. */

import type { PageOf } from './pages.ts';

/** What the generated manifest says of a model (`ClientModels` has them by path). */
export interface ModelShape {
  attributes: object;
  create: object;
  update: object;
  indexes: object;
}

/** A value in JSON: dates are ISO 8601, bytes base64, sets arrays, whole numbers beyond what is exact digits. */
export type JsonOf<Value> = unknown extends Value
  ? unknown
  : Value extends Date | Uint8Array
    ? string
    : Value extends bigint
      ? string
      : Value extends ReadonlySet<infer Member>
        ? JsonOf<Member>[]
        : Value extends readonly (infer Element)[]
          ? JsonOf<Element>[]
          : Value extends object
            ? { [Name in keyof Value]: JsonOf<Value[Name]> }
            : Value;

/** Fields that a row may lack are absent in answers. */
type NullableNames<Fields> = { [Name in keyof Fields]-?: null extends Fields[Name] ? Name : never }[keyof Fields];

/** An item as it is read. */
export type Item<Shape extends ModelShape> = {
  [Name in Exclude<keyof Shape['attributes'], NullableNames<Shape['attributes']>>]: JsonOf<Shape['attributes'][Name]>;
} & {
  [Name in NullableNames<Shape['attributes']>]?: JsonOf<Exclude<Shape['attributes'][Name], null>>;
};

/** The body of a create, or of a replace. */
export type NewItem<Shape extends ModelShape> = { [Name in keyof Shape['create']]: JsonOf<Shape['create'][Name]> };

/** The body of an update: values, null to clear a field, and operators that DynamoDB applies to what the row has. */
export type Changes<Shape extends ModelShape> = {
  [Name in keyof Shape['update']]?: JsonOf<Shape['update'][Name]> | { $add: number | readonly string[] } | { $delete: readonly string[] };
};

/** The id of an item: one text, or the two of a composite key. */
export type ItemId = string | readonly [partition: string, sort: string];

type Operand = string | number | boolean;
/** What a field of the key has to be. */
export type KeyCondition = Operand | { gt?: Operand; gte?: Operand; lt?: Operand; lte?: Operand; beginsWith?: string };

/** What of an item is read, and how fresh it has to be; default: never older than what this client has written. */
export interface ReadOptions<Shape extends ModelShape> {
  /** these fields only */
  fields?: readonly (keyof Shape['attributes'] & string)[];
  /** relations that are read along */
  include?: readonly string[];
  consistency?: 'strong' | 'dynamodb';
  signal?: AbortSignal;
}

/** Which items, in which order, and what of them. */
export interface ListOptions<Shape extends ModelShape> extends ReadOptions<Shape> {
  /** default: the primary key */
  index?: keyof Shape['indexes'] & string;
  /** of the index: its partition, and a condition on its sort field */
  where?: { [Name in keyof Shape['attributes'] & string]?: KeyCondition };
  /** what else an item has to be; PROTOCOL.md, Filters */
  filter?: object;
  order?: 'asc' | 'desc';
  /** items per page */
  limit?: number;
  /** where to go on: of a page */
  cursor?: string;
}

/** On which condition a write is done, and whether it may be sent again. */
export interface WriteOptions {
  /** the version that the item has to have, `'*'` for any; else SteamerError `precondition_failed` */
  ifMatch?: string;
  /** makes it safe to send again, at twice the price: by this client too, when an answer does not come */
  idempotencyKey?: string;
  signal?: AbortSignal;
}

/** One answer of a list. */
export type Page<Shape extends ModelShape> = PageOf<Item<Shape>>;

/** Which of the items that have the words, and what of them. */
export interface SearchOptions<Shape extends ModelShape> extends ReadOptions<Shape> {
  /** items that have all words (default), or any */
  operator?: 'and' | 'or';
  /** items per page */
  limit?: number;
}

/** Items of one model that are put and deleted, 100 together at most. */
export interface BatchWrites<Shape extends ModelShape> {
  put?: readonly NewItem<Shape>[];
  delete?: readonly ItemId[];
}

/** What came of each write. */
export interface BatchWritten<Shape extends ModelShape> {
  /** those that were put */
  items: Item<Shape>[];
  deleted: number;
  /** those that were not; `pointer` says where they stand: "/put/3" */
  errors: { pointer: string; code: string; detail: string }[];
}

/** One of the actions of a transaction, on an item of the model at `model`. */
export type Action<Models> = {
  [Path in keyof Models & string]: Models[Path] extends ModelShape ? ActionOn<Path, Models[Path]> : never;
}[keyof Models & string];

type ActionOn<Path, Shape extends ModelShape> = { model: Path } & (
  | { action: 'create' | 'replace'; item: NewItem<Shape>; ifMatch?: string }
  | { action: 'update'; id: ItemId; changes: Changes<Shape>; ifMatch?: string }
  | { action: 'delete' | 'check'; id: ItemId; ifMatch?: string }
  | { action: 'missing'; id: ItemId }
);
