/**
 * Functions around every request to the store: to log, measure and trace, to change a request, to answer it in the store's place.
 * `steamer/bao/middleware` for programs of `steamer/bao/core`.
 */
import type { ItemStore, OperationContext, OperationResult } from '../dynamo/item-store.ts';
import type { OperationInput, OperationName } from '../dynamo/types.ts';
import { addFeature } from './features.ts';

/** One request on its way to the store. */
export type StoreRequest = { [Op in OperationName]: { operation: Op; input: OperationInput<Op> } }[OperationName] & {
  context: OperationContext;
  /** whose rows it is about; null without tenants */
  tenant: string | null;
};

/** The store's answer to a request; a failure is a value of it. */
export type StoreAnswer = OperationResult<OperationName>;

/**
 * Called for each request. `next` hands the request on, or another one in its place, and resolves to the answer, which may be changed
 * as well; calling it again repeats the request. What a middleware throws is what the model's operation rejects with.
 */
export type Middleware = (request: StoreRequest, next: (request?: StoreRequest) => Promise<StoreAnswer>) => Promise<StoreAnswer>;

/** A store whose requests pass the middleware, the first one outermost. */
function withMiddleware(store: ItemStore, tenant: string | null, middleware: readonly Middleware[]): ItemStore {
  const send = ({ operation, input, context }: StoreRequest) => store.execute(operation, input, context);
  const enter = middleware.reduceRight<(request: StoreRequest) => Promise<StoreAnswer>>(
    (inner, outer) => (request) => outer(request, (other) => inner(other ?? request)),
    send,
  );
  return {
    async execute<Op extends OperationName>(operation: Op, input: OperationInput<Op>, context: OperationContext = {}) {
      const request = { operation, input, context, tenant } as StoreRequest; // `Op` is one operation, with its own input
      return enter(request); // its answer is one of that operation
    },
  };
}

addFeature('middleware', withMiddleware);
