/** The table as one instance of an object has it, which may be killed. */
import type { ItemStore, OperationContext, OperationResult } from '../../../src/dynamo/item-store.ts';
import type { OperationInput, OperationName } from '../../../src/dynamo/types.ts';

/** `store` for an instance: once it is dead, nothing is sent and nothing arrives. */
export function mortal(store: ItemStore, state: { isDead: boolean }): ItemStore {
  const never = new Promise<never>(() => {});
  return {
    async execute<Op extends OperationName>(
      operation: Op,
      input: OperationInput<Op>,
      context?: OperationContext,
    ): Promise<OperationResult<Op>> {
      if (state.isDead) return never;
      const result = await store.execute(operation, input, context);
      return state.isDead ? never : result;
    },
  };
}
