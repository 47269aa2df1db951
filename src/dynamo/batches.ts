/** The two batch operations, repeated until DynamoDB has done all of them: it may leave any part of a batch undone. */
import { RETRY_AFTER_MS } from './aws-errors.ts';
import type { StoreError } from './item-store.ts';
import { batchKeys, countBatch } from './operations.ts';
import type { Bounds, Outcome, SenderOptions } from './request-sender.ts';
import { fullJitterMs } from './retry-policy.ts';
import type { BatchGetItemInput, BatchGetItemOutput, BatchWriteItemInput, BatchWriteItemOutput } from './types.ts';

/** What a batch came to. A failure may be of a part of it: its output then holds what was done. */
export type BatchResult<Output> = { ok: true; output: Output } | { ok: false; error: StoreError; output: Output };

/** How the parts of a batch are sent, and when to give up. */
export interface BatchRun extends Pick<SenderOptions, 'nowMs' | 'random' | 'sleep'> {
  send: (input: { RequestItems: object }) => Promise<Outcome>;
  bounds: Bounds;
}

/**
 * Reads all keys of a batch, asking again for what DynamoDB left out.
 *
 * @returns everything that was read; on failure `UnprocessedKeys` and the error's `keys` are exactly what was not
 */
export async function batchGet(run: BatchRun, input: BatchGetItemInput): Promise<BatchResult<BatchGetItemOutput>> {
  const Responses: BatchGetItemOutput['Responses'] = {};
  for (const table of Object.keys(input.RequestItems)) Responses[table] = [];
  const failure = await sendUntilDone(run, 'BatchGetItem', input.RequestItems, (answer) => {
    const { Responses: found, UnprocessedKeys } = answer as BatchGetItemOutput; // of the operation that was sent
    for (const [table, items] of Object.entries(found)) (Responses[table] ??= []).push(...items);
    return UnprocessedKeys;
  });
  if (failure === null) return { ok: true, output: { Responses } };
  const { error, left } = failure;
  return { ok: false, error: { ...error, keys: batchKeys(left) }, output: { Responses, UnprocessedKeys: left } };
}

/** Does all writes of a batch, sending again what DynamoDB left undone; on failure `UnprocessedItems` are those that are not known to be done. */
export async function batchWrite(run: BatchRun, input: BatchWriteItemInput): Promise<BatchResult<BatchWriteItemOutput>> {
  const failure = await sendUntilDone(run, 'BatchWriteItem', input.RequestItems, (answer) => {
    const { UnprocessedItems } = answer as BatchWriteItemOutput; // of the operation that was sent
    return UnprocessedItems;
  });
  if (failure === null) return { ok: true, output: {} };
  return { ok: false, error: failure.error, output: { UnprocessedItems: failure.left } };
}

/**
 * Sends `items`, then what the answer says is left, until nothing is. An answer that did a part of them starts the waits afresh:
 * 16 MB of items are simply more than one answer, while an answer that did nothing is throttling.
 */
async function sendUntilDone<Items extends Parameters<typeof countBatch>[0]>(
  { send, bounds, nowMs, random, sleep }: BatchRun,
  operation: string,
  items: Items,
  leftBy: (answer: unknown) => Items | undefined,
): Promise<{ error: StoreError; left: Items } | null> {
  let left = items;
  let fruitless = 0;
  for (;;) {
    const answer = await send({ RequestItems: left });
    if (!answer.ok) return { error: answer.error, left };
    const rest = leftBy(answer.output);
    if (rest === undefined || countBatch(rest) === 0) return null;
    fruitless = countBatch(rest) < countBatch(left) ? 1 : fruitless + 1;
    left = rest;
    const waitMs = fullJitterMs('throttled', fruitless, random());
    if (waitMs >= bounds.deadlineAtMs - nowMs()) return { error: leftUndone(operation, countBatch(left)), left };
    await sleep(waitMs, bounds.signal);
  }
}

function leftUndone(operation: string, count: number): StoreError {
  return {
    code: 'throttled',
    message: `${operation}: DynamoDB left ${count} entries undone until the deadline`,
    retryAfterMs: RETRY_AFTER_MS,
  };
}
