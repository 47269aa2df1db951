/** The table as one instance of an object has it, which may be killed. */
import type { ItemStore, OperationContext, OperationResult } from '../../../src/dynamo/item-store.ts';
import type { OperationInput, OperationName } from '../../../src/dynamo/types.ts';
import type { InstanceState } from './object-storage.ts';

/**
 * `store` for an instance: once it is dead, nothing is sent and nothing arrives.
 *
 * @param pause how long one that was replaced is held up before it sends something
 */
export function mortal(store: ItemStore, state: InstanceState, pause: () => Promise<void>): ItemStore {
  const never = new Promise<never>(() => {});
  return {
    async execute<Op extends OperationName>(
      operation: Op,
      input: OperationInput<Op>,
      context?: OperationContext,
    ): Promise<OperationResult<Op>> {
      if (state.isSuperseded) await pause();
      if (state.isDead) return never;
      const result = await store.execute(operation, input, context);
      return state.isDead ? never : result;
    },
  };
}
