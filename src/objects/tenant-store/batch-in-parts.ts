/** The caller's side of a batch that is larger than one answer: asks again for what was left, until all of it is read. */
import type { OperationContext, OperationMeta, StoreError } from '../../dynamo/item-store.ts';
import type { AttributeMap, BatchGetItemInput, BatchGetItemOutput } from '../../dynamo/types.ts';
import { joinedVersion } from '../../wire/store-version.ts';
import { boundsOf } from './call-bounds.ts';
import { failure, type AnsweredReply } from './call-in-flight.ts';
import { addCost, costOf } from './cost.ts';

/** Asks the object once; never rejects for what becomes of it. */
export type SendPart = (input: BatchGetItemInput, context: OperationContext) => Promise<AnsweredReply>;

/**
 * Reads a batch, part after part, within the context's deadline.
 *
 * @returns the answer to all of it. When a part fails, what the others read is in the output, and the error's `keys` are exactly those not read
 */
export async function readInParts(send: SendPart, input: BatchGetItemInput, context: OperationContext): Promise<AnsweredReply> {
  const { deadlineAtMs } = boundsOf(context, Date.now());
  let { rest, ...whole } = await send(input, context);
  while (rest !== undefined) {
    const asked = rest;
    const deadlineMs = deadlineAtMs - Date.now();
    const part: AnsweredReply = deadlineMs > 0 ? await send(asked, { ...context, deadlineMs }) : failure(OUT_OF_TIME);
    whole = joined(whole, part, asked);
    rest = part.rest;
  }
  return whole;
}

const OUT_OF_TIME: StoreError = {
  code: 'deadline_exceeded',
  message: 'BatchGetItem: the deadline passed before all parts were read',
  retryAfterMs: 0,
};

/** The answer to a batch that was asked for in parts, at least one, of different objects. */
export function joinedAnswers(parts: readonly { asked: BatchGetItemInput; answer: AnsweredReply }[]): AnsweredReply {
  const [first, ...others] = parts;
  if (first === undefined) throw new TypeError('expected at least one part');
  const error = errorOf(first.answer, keysOf(first.asked));
  const whole: AnsweredReply = error === null ? first.answer : { ...first.answer, ok: false, error };
  return others.reduce((joinedSoFar, { asked, answer }) => joined(joinedSoFar, answer, asked), whole);
}

/** @param asked what `part` was asked for: when it fails without saying which keys, none of it was read */
function joined(whole: AnsweredReply, part: AnsweredReply, asked: BatchGetItemInput): AnsweredReply {
  const output = { Responses: joinedRows(rowsOf(whole), rowsOf(part)) };
  const meta = joinedMeta(whole.meta, part.meta);
  const errors = [errorOf(whole, []), errorOf(part, keysOf(asked))].filter((error) => error !== null);
  const [first] = errors;
  if (first === undefined) return { ok: true, output, meta };
  return { ok: false, error: { ...first, keys: errors.flatMap(({ keys }) => keys) }, output, meta };
}

function errorOf(reply: AnsweredReply, asked: AttributeMap[]): (StoreError & { keys: AttributeMap[] }) | null {
  return reply.ok ? null : { ...reply.error, keys: reply.error.keys ?? asked };
}

function keysOf({ RequestItems }: BatchGetItemInput): AttributeMap[] {
  return Object.values(RequestItems).flatMap(({ Keys }) => Keys);
}

function rowsOf({ output }: AnsweredReply): BatchGetItemOutput['Responses'] {
  return output === undefined ? {} : (output as BatchGetItemOutput).Responses; // what the object answers a BatchGetItem with
}

function joinedRows(whole: BatchGetItemOutput['Responses'], part: BatchGetItemOutput['Responses']): BatchGetItemOutput['Responses'] {
  const rows = { ...whole };
  for (const [table, more] of Object.entries(part)) rows[table] = [...(rows[table] ?? []), ...more];
  return rows;
}

/** What two parts of an operation have cost, and have seen. */
export function joinedMeta(whole: OperationMeta, part: OperationMeta): OperationMeta {
  const cost = costOf(whole);
  addCost(cost, costOf(part));
  const staleMs = Math.max(whole.staleMs ?? 0, part.staleMs ?? 0);
  const version = joinedVersion(whole.version, part.version);
  return {
    cache: whole.cache === part.cache ? whole.cache : 'partial',
    ...cost,
    ...(version === undefined ? {} : { version }),
    ...(staleMs === 0 ? {} : { staleMs }),
  };
}
