/** Gets of one tick, as one request. */
import type { JsonRequests } from './json-requests.ts';
import { SteamerError } from './connection.ts';
import type { ItemId } from './model-types.ts';

/** The ids that one request takes. */
const MOST_IDS = 100;

interface Waiting {
  id: ItemId;
  key: string;
  resolve(item: unknown): void;
  reject(error: unknown): void;
}

/** Of one model. An item that is asked for twice is asked for once. */
export class GetBatches {
  readonly #requests: JsonRequests;
  readonly #path: string;
  #waiting = new Map<string, Waiting & { promise: Promise<unknown> }>();

  constructor(requests: JsonRequests, path: string) {
    this.#requests = requests;
    this.#path = path;
  }

  /** The item, or null. */
  get(id: ItemId): Promise<unknown> {
    const key = keyOf(id);
    const present = this.#waiting.get(key);
    if (present) return present.promise;
    if (this.#waiting.size === 0) queueMicrotask(() => this.#leave());
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#waiting.set(key, { id, key, promise, resolve, reject });
    return promise;
  }

  #leave(): void {
    const all = [...this.#waiting.values()];
    this.#waiting = new Map();
    for (let from = 0; from < all.length; from += MOST_IDS) void this.#send(all.slice(from, from + MOST_IDS));
  }

  async #send(waiting: readonly Waiting[]): Promise<void> {
    try {
      const body = { ids: waiting.map(({ id }) => id) };
      const answer = await this.#requests.send('POST', `/${this.#path}/batch-get`, { body, isSafe: true });
      const { items, missing, errors } = answer as Answer; // PROTOCOL.md, batch-get
      const absent = new Set(missing.map(keyOf));
      const failed = new Map(errors.map((error) => [keyOf(error.id), error]));
      let position = 0;
      for (const { key, resolve, reject } of waiting) {
        const error = failed.get(key);
        if (error) reject(new SteamerError(error.code, 400, error.detail));
        else resolve(absent.has(key) ? null : items[position++]);
      }
    } catch (error) {
      for (const { reject } of waiting) reject(error);
    }
  }
}

/** The id as the service sees and answers it: what JavaScript lets through as undefined is null there. */
function keyOf(id: unknown): string {
  return JSON.stringify([id]);
}

interface Answer {
  /** in the order of their ids */
  items: unknown[];
  missing: ItemId[];
  errors: { id: ItemId; code: string; detail: string }[];
}
