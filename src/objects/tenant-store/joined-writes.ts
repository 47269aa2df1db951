/** Several plain writes as one BatchWriteItem, and what each of them came to. */
import type { OperationResult } from '../../dynamo/item-store.ts';
import type { BatchWriteItemInput } from '../../dynamo/types.ts';
import { noCost } from './cost.ts';
import { undoneIds } from './group-write-plans.ts';
import type { KeySpace } from './item-key.ts';
import type { WriteOperation, WritePart } from './write-plans.ts';

export class JoinedWrites {
  readonly #parts: readonly WritePart[];
  readonly #keySpace: KeySpace;

  /** @param parts of different rows */
  constructor(parts: readonly WritePart[], keySpace: KeySpace) {
    this.#parts = parts;
    this.#keySpace = keySpace;
  }

  get input(): BatchWriteItemInput {
    const RequestItems: BatchWriteItemInput['RequestItems'] = {};
    for (const { row, request } of this.#parts) (RequestItems[row.key.table] ??= []).push(request);
    return { RequestItems };
  }

  /** The result of each, in their order: a failure is that of the undone ones. The first answers for what the request has cost. */
  resultsOf({ meta, ...result }: OperationResult<'BatchWriteItem'>): OperationResult<WriteOperation>[] {
    const rows = this.#parts.map(({ row }) => row);
    const undone = result.ok ? new Set() : undoneIds(result.output, rows, this.#keySpace);
    return rows.map(({ key }, index) => {
      const ofOne = index === 0 ? meta : { ...meta, ...noCost() };
      if (result.ok || !undone.has(key.id)) return { ok: true, output: {}, meta: ofOne };
      return { ok: false, error: result.error, meta: ofOne };
    });
  }
}
