/**
 * What became of each row, in the order in which it did: knows what an eventual read may still answer, and tells a checker in which order writes
 * were applied. Holds writes to one row apart for that, so all writes to a table have to come through it.
 */
import { DynamoClient } from '../../src/dynamo/dynamo-client.ts';
import type { AttributeMap, AttributeValue } from '../../src/dynamo/types.ts';
import type { Answer } from './answer.ts';
import { changesOf, tokenOf, withoutUnprocessed, type RowChange } from './row-changes.ts';

export interface RowHistoryOptions {
  /** the DynamoDB behind it */
  endpoint: string;
  /** how old eventual reads of GetItem, BatchGetItem and Query of the table may be; 0: as DynamoDB answers them */
  lagMs: number;
  /** 0 (included) to 1 (not) */
  random: () => number;
  /** told of every change in the order in which they were applied to its row; `item` is the row afterwards */
  onApplied?: (change: RowChange, item: AttributeMap | null) => void;
}

interface Version {
  atMs: number;
  item: AttributeMap | null;
}

type Send = (body: string) => Promise<Answer>;

/** The keys of Steamer's tables. */
const [PARTITION_KEY, SORT_KEY] = ['_pk', '_sk'];

export class RowHistory {
  readonly #options: RowHistoryOptions;
  readonly #client: DynamoClient;
  readonly #versions = new Map<string, Version[]>();
  readonly #writing = new Map<string, Promise<void>>();
  readonly #appliedTokens = new Set<string>();

  constructor(options: RowHistoryOptions) {
    this.#options = options;
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    this.#client = new DynamoClient({ endpoint: options.endpoint, region: 'us-east-1', credentials });
  }

  /** Sends a request, and makes of its answer what DynamoDB might have answered. */
  async forward(operation: string, body: string, send: Send): Promise<Answer> {
    const changes = changesOf(operation, body);
    if (changes.length > 0) return this.#write(operation, body, changes, send);
    const answer = await send(body);
    return answer.status === 200 && this.#options.lagMs > 0 ? { ...answer, body: this.#lagging(operation, body, answer.body) } : answer;
  }

  async #write(operation: string, body: string, changes: readonly RowChange[], send: Send): Promise<Answer> {
    const names = [...new Set(changes.map(({ table, row }) => nameOf(table, row)))].toSorted();
    const release = await this.#lock(names);
    try {
      for (const { table, row } of changes) await this.#knowBefore(table, row);
      const answer = await send(body);
      if (answer.status === 200 && !this.#isRepeated(operation, body)) {
        for (const change of withoutUnprocessed(changes, answer.body)) await this.#applied(change);
      }
      return answer;
    } finally {
      release();
    }
  }

  /** DynamoDB answers a transaction whose token it has seen with success, and does nothing. */
  #isRepeated(operation: string, body: string): boolean {
    const token = operation === 'TransactWriteItems' ? tokenOf(body) : undefined;
    if (token === undefined) return false;
    if (this.#appliedTokens.has(token)) return true;
    this.#appliedTokens.add(token);
    return false;
  }

  async #lock(names: readonly string[]): Promise<() => void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const before = names.flatMap((name) => this.#writing.get(name) ?? []);
    for (const name of names) this.#writing.set(name, promise);
    await Promise.all(before);
    return () => {
      for (const name of names) if (this.#writing.get(name) === promise) this.#writing.delete(name);
      resolve();
    };
  }

  async #knowBefore(table: string, row: Record<string, unknown>): Promise<void> {
    const name = nameOf(table, row);
    if (!this.#versions.has(name)) this.#versions.set(name, [{ atMs: -Infinity, item: await this.#read(table, row) }]);
  }

  async #applied(change: RowChange): Promise<void> {
    const item = await this.#read(change.table, change.row);
    const versions = this.#versions.get(nameOf(change.table, change.row)) ?? [];
    versions.push({ atMs: performance.now(), item });
    const oldest = versions.findLastIndex(({ atMs }) => atMs <= performance.now() - this.#options.lagMs);
    versions.splice(0, Math.max(0, oldest));
    this.#options.onApplied?.(change, item);
  }

  async #read(table: string, row: Record<string, unknown>): Promise<AttributeMap | null> {
    const result = await this.#client.execute('GetItem', { TableName: table, Key: keyOf(row), ConsistentRead: true });
    if (!result.ok) throw new Error(result.error.message);
    return result.output.Item ?? null;
  }

  #lagging(operation: string, body: string, answer: string): string {
    const input = JSON.parse(body) as ReadInput; // a client's request
    const output = JSON.parse(answer) as ReadOutput; // DynamoDB's answer to it
    switch (operation) {
      case 'GetItem':
        if (!isEventual(input)) return answer;
        return JSON.stringify({ ...output, Item: this.#asItWas(input.TableName, input.Key ?? {}, output.Item) });
      case 'BatchGetItem':
        for (const [table, request] of Object.entries(input.RequestItems ?? {})) {
          if (!isEventual(request)) continue;
          const left = new Set((output.UnprocessedKeys?.[table]?.Keys ?? []).map((key) => nameOf(table, key)));
          const rows = new Map((output.Responses?.[table] ?? []).map((row) => [nameOf(table, row), row]));
          const read = request.Keys.filter((key) => !left.has(nameOf(table, key)));
          const items = read.map((key) => this.#asItWas(table, key, rows.get(nameOf(table, key))));
          output.Responses = { ...output.Responses, [table]: items.filter((item) => item !== undefined) };
        }
        return JSON.stringify(output);
      case 'Query': {
        if (!isEventual(input) || input.IndexName !== undefined || input.FilterExpression !== undefined || output.Items === undefined)
          return answer;
        const Items = output.Items.map((item) => this.#asItWas(input.TableName, item, item)).filter((item) => item !== undefined);
        return JSON.stringify({ ...output, Items, Count: Items.length });
      }
      default:
        return answer;
    }
  }

  /** The row as it was some time ago. */
  #asItWas(table: string, row: Record<string, unknown>, now: AttributeMap | undefined): AttributeMap | undefined {
    const versions = this.#versions.get(nameOf(table, row));
    if (versions === undefined) return now;
    const asOfMs = performance.now() - this.#options.random() ** 2 * this.#options.lagMs;
    return (versions.findLast(({ atMs }) => atMs <= asOfMs) ?? versions[0])?.item ?? undefined;
  }
}

interface Freshness {
  ConsistentRead?: boolean;
  ProjectionExpression?: string;
}

interface ReadInput extends Freshness {
  TableName: string;
  Key?: Record<string, unknown>;
  RequestItems?: Record<string, Freshness & { Keys: Record<string, unknown>[] }>;
  IndexName?: string;
  FilterExpression?: string;
}

interface ReadOutput {
  Item?: AttributeMap;
  Items?: AttributeMap[];
  Responses?: Record<string, AttributeMap[]>;
  UnprocessedKeys?: Record<string, { Keys: Record<string, unknown>[] }>;
}

/** Whether whole items are asked for, and may be old. */
function isEventual(request: Freshness): boolean {
  return request.ConsistentRead !== true && request.ProjectionExpression === undefined;
}

function nameOf(table: string, row: Record<string, unknown>): string {
  return JSON.stringify([table, row[PARTITION_KEY], row[SORT_KEY]]);
}

function keyOf(row: Record<string, unknown>): AttributeMap {
  return { [PARTITION_KEY]: row[PARTITION_KEY] as AttributeValue, [SORT_KEY]: row[SORT_KEY] as AttributeValue }; // a request's own values
}
