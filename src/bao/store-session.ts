/** Operations of one tenant through its store, accounted to the batch context they run in. */
import type { ItemStore, OperationContext, OperationResult } from '../dynamo/item-store.ts';
import { isRead } from '../dynamo/operation-kinds.ts';
import type { OperationInput, OperationName } from '../dynamo/types.ts';
import { addUsage, batchContextOf, currentBatchContext, operationContext } from './batch-context.ts';
import type { BatchContext, TenantPlace } from './batch-context.ts';
import { boundedContext, boundsOf, UNBOUNDED, within } from './call-bounds.ts';
import type { CallBounds, CallOptions } from './call-bounds.ts';
import { ConfigurationError } from './errors.ts';
import { LoadedRows } from './loaded-rows.ts';
import type { ModelManager } from './manager.ts';
import { managerOf } from './model-registry.ts';
import type { ModelClass } from './model-class.ts';
import { nameOfModel } from './naming.ts';

/** Where the operations of one call go. */
export class StoreSession {
  readonly manager: ModelManager;
  readonly tenant: string | null;
  /** What the batch context has loaded for the tenant; null outside of one. */
  readonly rows: LoadedRows | null;
  readonly #context: BatchContext | undefined;
  readonly #store: ItemStore;
  readonly #bounds: CallBounds;
  readonly #loaderContext: object | undefined;

  constructor(manager: ModelManager, tenant: string | null, options: CallOptions = {}) {
    this.#bounds = boundsOf(options);
    this.#loaderContext = options.loaderContext;
    this.manager = manager;
    this.tenant = tenant;
    this.#context = currentBatchContext() ?? (this.#loaderContext && batchContextOf(this.#loaderContext));
    const place = this.#context && placeIn(this.#context, manager, tenant);
    this.#store = place?.store ?? manager.storeFor(tenant);
    this.rows = place?.rows ?? null;
  }

  get tableName(): string {
    return this.manager.tableName;
  }

  /** Whether its writes carry an idempotency token. Such a put cannot tell what was in its place. */
  get hasToken(): boolean {
    return this.#context?.options.operation?.idempotencyToken !== undefined;
  }

  /** Executes one operation; a failure is a value. A write is counted when it is sent: who waits for its answer may give up, and it be applied. */
  async execute<Op extends OperationName>(
    operation: Op,
    input: OperationInput<Op>,
    context: OperationContext = {},
  ): Promise<OperationResult<Op>> {
    const begun = this.#context;
    const writes = isRead(operation) ? 0 : 1;
    if (begun) begun.usage.writes += writes;
    const result = await this.#store.execute(operation, input, { ...boundedContext(operationContext(begun), this.#bounds), ...context });
    if (begun) addUsage(begun, result.meta);
    // Of other failures it is not known, or not worth to be, whether they have changed anything.
    if (begun && !result.ok && !result.error.mayBeApplied && /condition|transaction/.test(result.error.code)) begun.usage.writes -= writes;
    return result;
  }

  /** Executes an operation that only makes way for the caller's own: the caller's idempotency token is not for it. */
  executeAside<Op extends OperationName>(operation: Op, input: OperationInput<Op>): Promise<OperationResult<Op>> {
    return this.execute(operation, input, { idempotencyToken: undefined });
  }

  /** The same session for work that outlives this call: other calls of the batch context may wait for it too. */
  shared(): StoreSession {
    if (this.#bounds === UNBOUNDED) return this;
    return new StoreSession(this.manager, this.tenant, this.#loaderContext && { loaderContext: this.#loaderContext });
  }

  /** Waits for shared work as long as this call may take. @throws ServiceError `deadline_exceeded` */
  within<Result>(work: () => Promise<Result>): Promise<Result> {
    return within(this.#bounds, work);
  }
}

/**
 * The session of a model's operation.
 *
 * @param tenant of the object that the operation is about; default: the tenant of the running code
 * @param options how the call is bounded
 * @throws ConfigurationError without a needed tenant, or when the object belongs to another one; BaoError outside of a batch context
 *   where one is required
 */
export function openSession(model: ModelClass, tenant?: string | null, options?: CallOptions): StoreSession {
  const manager = managerOf(model);
  const isOutside = !currentBatchContext() && (manager.requiresBatchContext || !options?.loaderContext);
  if (isOutside) manager.outsideCalls.admit(model, nameOfModel(model), manager);
  const current = manager.requireTenant();
  if (tenant !== undefined && tenant !== current) throw foreignObject(nameOfModel(model));
  return new StoreSession(manager, current, options);
}

/** The error of an object that is used in the name of another tenant than its own. */
export function foreignObject(model: string): ConfigurationError {
  return new ConfigurationError('the object belongs to another tenant than the running code', model);
}

function placeIn({ places, options }: BatchContext, manager: ModelManager, tenant: string | null): TenantPlace {
  const known = places.get(manager)?.get(tenant);
  if (known) return known;
  const store = manager.storeFor(tenant);
  const place = { store: options.behind?.(store) ?? store, rows: new LoadedRows() };
  places.set(manager, (places.get(manager) ?? new Map<string | null, TenantPlace>()).set(tenant, place));
  return place;
}
