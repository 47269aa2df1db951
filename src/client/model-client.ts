/** The items of one model. */
import { SteamerError } from './connection.ts';
import { GetBatches } from './get-batches.ts';
import type { JsonRequests } from './json-requests.ts';
import type { Changes, Item, ItemId, ListOptions, ModelShape, NewItem, Page, ReadOptions, WriteOptions } from './model-types.ts';

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
  async *list(options: ListOptions<Shape> = {}): AsyncGenerator<Item<Shape>, void, void> {
    for (let cursor: string | null | undefined = options.cursor; cursor !== null;) {
      const page: Page<Shape> = await this.page(cursor === undefined ? options : { ...options, cursor });
      yield* page.items;
      cursor = page.cursor;
    }
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
  for (const [name, value] of Object.entries({ index, order, limit, cursor })) if (value !== undefined) query[name] = String(value);
  return query;
}
