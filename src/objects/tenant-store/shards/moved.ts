import type { StoreError } from '../../../dynamo/item-store.ts';

/** Refuses what came to an object that does not answer for its keys. */
export function movedError(division: StoreError['division'] | null): StoreError {
  return { code: 'moved', message: 'other objects answer for the keys of the tenant', ...(division ? { division } : {}) };
}
