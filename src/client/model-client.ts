/** The items of one model. */
import { SteamerError } from './connection.ts';
import { GetBatches } from './get-batches.ts';
import type { JsonRequests } from './json-requests.ts';
import type {
  BatchWrites,
  BatchWritten,
  Changes,
  Item,
  ItemId,
  ListOptions,
  ModelShape,
  NewItem,
  Page,
  ReadOptions,
  SearchOptions,
  WriteOptions,
} from './model-types.ts';
import { itemsOf, queryOf } from './pages.ts';

/** The items of one model: `createClient(…).models.systems`. Everything throws SteamerError, of which `code` says why. */
export class ModelClient<Shape extends ModelShape> {
  readonly #requests: JsonRequests;
  readonly #path: string;
  readonly #batches: GetBatches;

  /** @param path the model's, as it stands in URLs: "systems" */
  constructor(requests: JsonRequests, path: string) {
    this.#requests = requests;
    this.#path = path;
    this.#batches = new GetBatches(requests, path);
  }

  /** An item, or null when there is none that the caller may see. Gets of one tick without options are one request. */
  async get(id: ItemId, options?: ReadOptions<Shape>): Promise<Item<Shape> | null> {
    if (options === undefined) return (await this.#batches.get(id)) as Item<Shape> | null;
    return this.#orNull(this.#send('GET', pathOf(id), { query: readQuery(options), signal: options.signal }));
  }

  /** The item with this value of a unique constraint, or null. */
  async getBy(constraint: string, value: string, options: ReadOptions<Shape> = {}): Promise<Item<Shape> | null> {
    const path = `/by/${encodeURIComponent(constraint)}/${encodeURIComponent(value)}`;
    return this.#orNull(this.#send('GET', path, { query: readQuery(options), signal: options.signal }));
  }

  /** One page of a list. */
  async page(options: ListOptions<Shape> = {}): Promise<Page<Shape>> {
    return (await this.#send('GET', '', { query: listQuery(options), signal: options.signal })) as Page<Shape>;
  }

  /** All items of a list, page after page, each page asked for when the one before is used up. */
  list(options: ListOptions<Shape> = {}): AsyncGenerator<Item<Shape>, void, void> {
    return itemsOf((cursor) => this.page(cursor === undefined ? options : { ...options, cursor }), options.cursor);
  }

  /** All items that have these words, of a searchable model, page after page; PROTOCOL.md, Search. */
  search(words: string, { operator, limit, ...read }: SearchOptions<Shape> = {}): AsyncGenerator<Item<Shape>, void, void> {
    return itemsOf(async (cursor) => {
      const query = { ...readQuery(read), ...queryOf({ q: words, operator, limit, cursor }) };
      return (await this.#send('GET', '/search', { query, signal: read.signal })) as Page<Shape>;
    });
  }

  /** @throws SteamerError `conflict` where there is such an item */
  async create(item: NewItem<Shape>, options: WriteOptions = {}): Promise<Item<Shape>> {
    return this.#write('POST', '', item, options);
  }

  /** Creates the item, or replaces all of it. */
  async replace(id: ItemId, item: NewItem<Shape>, options: WriteOptions = {}): Promise<Item<Shape>> {
    return this.#write('PUT', pathOf(id), item, options);
  }

  /** Changes fields of an item. @throws SteamerError `not_found` where there is none */
  async update(id: ItemId, changes: Changes<Shape>, options: WriteOptions = {}): Promise<Item<Shape>> {
    return this.#write('PATCH', pathOf(id), changes, options);
  }

  /** @throws SteamerError `not_found` where there is none */
  async delete(id: ItemId, options: WriteOptions = {}): Promise<void> {
    await this.#write('DELETE', pathOf(id), undefined, options);
  }

  /** Up to 100 items that are put, each as a whole, and ids that are deleted: each by itself and without conditions. */
  async batchWrite(writes: BatchWrites<Shape>): Promise<BatchWritten<Shape>> {
    return (await this.#send('POST', '/batch-write', { body: writes })) as BatchWritten<Shape>;
  }

  async #write(method: string, path: string, body: unknown, { ifMatch, idempotencyKey, signal }: WriteOptions): Promise<Item<Shape>> {
    const headers: Record<string, string> = {};
    if (ifMatch !== undefined) headers['if-match'] = ifMatch === '*' ? '*' : `"${ifMatch}"`;
    if (idempotencyKey !== undefined) headers['idempotency-key'] = idempotencyKey;
    return (await this.#send(method, path, { body, headers, signal, isSafe: idempotencyKey !== undefined })) as Item<Shape>;
  }

  #send(method: string, path: string, request: Parameters<JsonRequests['send']>[2]): Promise<unknown> {
    return this.#requests.send(method, `/${this.#path}${path}`, request);
  }

  async #orNull(reading: Promise<unknown>): Promise<Item<Shape> | null> {
    try {
      return (await reading) as Item<Shape>;
    } catch (error) {
      if (error instanceof SteamerError && error.code === 'not_found') return null;
      throw error;
    }
  }
}

function pathOf(id: ItemId): string {
  return `/${[id].flat().map(encodeURIComponent).join('/')}`;
}

/** What of the options of a read goes into its query. */
interface Shown {
  fields?: readonly string[];
  include?: readonly string[];
  consistency?: string;
}

function readQuery({ fields, include, consistency }: Shown): Record<string, string> {
  return {
    ...(fields === undefined ? {} : { fields: fields.join(',') }),
    ...(include === undefined ? {} : { include: include.join(',') }),
    ...(consistency === undefined ? {} : { consistency }),
  };
}

function listQuery<Shape extends ModelShape>({
  where = {},
  filter,
  index,
  order,
  limit,
  cursor,
  ...read
}: ListOptions<Shape>): Record<string, string> {
  const query: Record<string, string> = readQuery(read);
  for (const [field, condition] of Object.entries(where)) {
    if (typeof condition !== 'object' || condition === null) query[field] = String(condition);
    else for (const [operator, operand] of Object.entries(condition)) query[`${field}[${operator}]`] = String(operand);
  }
  if (filter !== undefined) query['filter'] = JSON.stringify(filter);
  return { ...query, ...queryOf({ index, order, limit, cursor }) };
}
