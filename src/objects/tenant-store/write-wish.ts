/** A write as its caller asks for it: what the journal is told of it, and by what name it can be sent again. */
import type { OperationContext } from '../../dynamo/item-store.ts';
import type { AttributeMap, OperationInput } from '../../dynamo/types.ts';
import type { CallBounds } from './call-bounds.ts';
import { canBeKept, type CertainRequest } from './certain-writes.ts';
import type { KeySpace } from './item-key.ts';
import type { WriteIntent } from './journal-rows.ts';
import type { LentKey } from './shards/asks.ts';
import type { WriteOperation, WritePlan } from './write-plans.ts';
import { rowOfAction } from './write-targets.ts';

/** What a caller asks for, and how it is done. */
export interface WriteWish {
  operation: WriteOperation;
  plan: WritePlan;
  input: OperationInput<WriteOperation>;
  context: OperationContext;
  /** the keys that it writes in other shards, by shard */
  spans?: ReadonlyMap<number, readonly LentKey[]>;
}

/** A write that its caller has named. */
export interface Certain {
  token: string;
  request: CertainRequest;
}

/** What the journal is told. */
export function intentOf({ operation, plan }: WriteWish, { deadlineAtMs }: CallBounds, certain: Certain | undefined): WriteIntent {
  return {
    operation,
    keys: plan.rows.map(({ key }) => key.id),
    changes: plan.rows.map(({ change }) => change),
    leavesByMs: deadlineAtMs,
    ...(certain === undefined || !canBeKept(certain.request.text) ? {} : { certain: keptForm(certain) }),
  };
}

function keptForm({ token, request: { text, requestToken } }: Certain): { token: string; text: string; requestToken: string } {
  return { token, text, requestToken };
}

/** The keys of the rows that a write with a token is about, in the order of its actions. */
export function rowsOf(input: OperationInput<WriteOperation>, keySpace: KeySpace): AttributeMap[] {
  if ('RequestItems' in input) return [];
  const rows =
    'TransactItems' in input
      ? input.TransactItems.map((action) => rowOfAction(action).attributes)
      : ['Item' in input ? input.Item : input.Key];
  return rows.map((row) => keySpace.keyOfRow(row) ?? {});
}
