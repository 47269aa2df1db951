/** The table as one instance of an object has it, which may be killed. */
import type { ItemStore, OperationContext, OperationResult } from '../../../src/dynamo/item-store.ts';
import type { OperationInput, OperationName } from '../../../src/dynamo/types.ts';
import type { InstanceState } from './object-storage.ts';
import type { VirtualTime } from './virtual-time.ts';

/** The platform lets an instance that was replaced go on for up to 30 seconds, whenever it likes. */
const PAUSE_MS = 10_000;

/** `store` for an instance: once it is replaced it is held up before it sends something, and once it is dead nothing is sent and nothing arrives. */
export function mortal(store: ItemStore, state: InstanceState, time: VirtualTime, random: () => number): ItemStore {
  const never = new Promise<never>(() => {});
  return {
    async execute<Op extends OperationName>(
      operation: Op,
      input: OperationInput<Op>,
      context?: OperationContext,
    ): Promise<OperationResult<Op>> {
      if (state.isSuperseded) await time.sleep(random() * PAUSE_MS);
      if (state.isDead) return never;
      const result = await store.execute(operation, input, context);
      return state.isDead ? never : result;
    },
  };
}
