/** What one request shares: the loads that are collected, the objects it has seen, and what its operations cost. */
import { AsyncScope, ENABLE_ASYNC_STORAGE } from './async-scope.ts';
import type { ItemStore, OperationContext, OperationMeta } from '../dynamo/item-store.ts';
import type { LoadedRows } from './loaded-rows.ts';
import type { ModelManager } from './manager.ts';

/** What the operations of a context cost, summed over the answers of the store. */
export interface BatchContextUsage {
  /** HTTP requests to DynamoDB */
  calls: number;
  /** keys that DynamoDB was asked for */
  keys: number;
  readUnits: number;
  writeUnits: number;
  /** writes that were sent, without those that are known to have changed nothing */
  writes: number;
  /** what was asked of the store */
  operations: number;
  /** operations answered from memory, wholly or partly */
  hits: number;
  /** operations for which DynamoDB was asked, wholly or partly */
  misses: number;
  /** how long after its cache time the oldest row was served, since DynamoDB could not be asked; 0: all in time */
  staleMs: number;
  /** names the states of the store that the context has seen, see `OperationContext.version` */
  version?: string;
  /** operations that the caller's own isolate answered */
  isolateHits?: number;
}

/** What holds for every operation inside a context. */
export interface BatchContextOptions {
  /** how long the context may take from its start, in milliseconds; later operations get what is left of it */
  deadlineMs?: number;
  /** the manager that model classes speak to inside, where several are configured with the same classes */
  manager?: ModelManager;
  /** stands between the operations inside and each store */
  behind?: (store: ItemStore) => ItemStore;
  /** given to the store with every operation */
  operation?: Omit<OperationContext, 'deadlineMs'>;
  /** the version of one who has seen both, of stores that have versions; default: the last one that was seen */
  joinVersions?: (one: string | undefined, other: string) => string | undefined;
}

/** What a context has of one tenant of one manager. */
export interface TenantPlace {
  readonly store: ItemStore;
  /** what is loaded, and loading */
  readonly rows: LoadedRows;
}

/** One context. Places are kept per manager and tenant: what one tenant loaded is never another's. */
export interface BatchContext {
  readonly options: BatchContextOptions;
  readonly startedAtMs: number;
  readonly usage: BatchContextUsage;
  readonly places: Map<object, Map<string | null, TenantPlace>>;
}

const contexts = new AsyncScope<BatchContext>();
let hasWarned = false;

/**
 * Runs `callback` in a new batch context and returns its result: finds of one tick become one request, the same object is found once,
 * and reads see the writes made in the context. A context inside another starts empty; the outer one continues afterwards.
 *
 * In a Worker without AsyncLocalStorage `callback` runs outside of any context, which is said once.
 */
export function runWithBatchContext<Result>(callback: () => Result, options: BatchContextOptions = {}): Result {
  if (!contexts.isAvailable) warnOnce();
  return contexts.run(newContext(options), callback);
}

/** Runs `callback` in the current batch context, where its operations are given more to say to the store; outside of a context it just runs. */
export function runWithOperation<Result>(operation: BatchContextOptions['operation'], callback: () => Result): Result {
  const context = contexts.getStore();
  if (!context) return callback();
  const options = { ...context.options, operation: { ...context.options.operation, ...operation } };
  return contexts.run({ ...context, options }, callback);
}

function newContext(options: BatchContextOptions): BatchContext {
  return { options, startedAtMs: Date.now(), usage: noUsage(), places: new Map() };
}

function noUsage(): BatchContextUsage {
  return { calls: 0, keys: 0, readUnits: 0, writeUnits: 0, writes: 0, operations: 0, hits: 0, misses: 0, staleMs: 0 };
}

/** Whether the platform can have batch contexts at all. */
export function hasBatchContexts(): boolean {
  return contexts.isAvailable;
}

/** The current context, or undefined outside of one. */
export function currentBatchContext(): BatchContext | undefined {
  return contexts.getStore();
}

const loaderContexts = new WeakMap<object, BatchContext>();

/** The context behind a loader context: one for each such object. */
export function batchContextOf(loaderContext: object): BatchContext {
  const known = loaderContexts.get(loaderContext);
  if (known) return known;
  const context = newContext({});
  loaderContexts.set(loaderContext, context);
  return context;
}

/** What the current context has used so far, as a copy; zeros outside of one. */
export function getBatchContextUsage(): BatchContextUsage {
  return { ...(contexts.getStore()?.usage ?? noUsage()) };
}

/** The capacity units the current context has consumed; zeros outside of one. */
export function getBatchContextCapacity(): { read: number; write: number } {
  const { readUnits, writeUnits } = getBatchContextUsage();
  return { read: readUnits, write: writeUnits };
}

/** Adds what one operation of a context cost. */
export function addUsage({ usage, options }: BatchContext, meta: OperationMeta): void {
  usage.calls += meta.calls;
  usage.keys += meta.keys;
  usage.readUnits += meta.readUnits;
  usage.writeUnits += meta.writeUnits;
  usage.operations += 1;
  if (meta.cache === 'hit' || meta.cache === 'partial') usage.hits += 1;
  if (meta.cache === 'miss' || meta.cache === 'partial') usage.misses += 1;
  usage.staleMs = Math.max(usage.staleMs, meta.staleMs ?? 0);
  if (meta.version !== undefined) usage.version = options.joinVersions?.(usage.version, meta.version) ?? meta.version;
  if (meta.isOfIsolate === true) usage.isolateHits = (usage.isolateHits ?? 0) + 1;
}

/** How an operation is bounded: the context's own options, with what is left of its time. */
export function operationContext(context: BatchContext | undefined): OperationContext {
  if (!context) return {};
  const { deadlineMs, operation } = context.options;
  if (deadlineMs === undefined) return { ...operation };
  return { ...operation, deadlineMs: Math.max(0, context.startedAtMs + deadlineMs - Date.now()) };
}

function warnOnce(): void {
  if (hasWarned) return;
  hasWarned = true;
  console.warn(`runWithBatchContext neither batches nor caches without AsyncLocalStorage: ${ENABLE_ASYNC_STORAGE}.`);
}
