/** What the objects of one tenant ask each other. */
import type { QueryInput } from '../../../dynamo/types.ts';
import type { ObjectState } from '../../../wire/store-version.ts';
import type { CertainOutcome, DoubtfulWrite } from '../certain-writes.ts';
import type { KeyChange, KeyOutcome } from '../journal-rows.ts';
import type { Position } from '../queries/places.ts';
import type { Division } from './division.ts';

/** Each ask with its answer. */
export interface Asks {
  /** a transaction of another shard is about to leave, and writes these keys; until it is known to have ended, nothing of them is kept */
  hold: { ask: { id: string; keys: readonly LentKey[]; leavesInMs: number }; answer: boolean };
  /** it has ended; `unknown`: it may still be applied */
  release: { ask: { id: string; outcome: KeyOutcome }; answer: true };
  /** somebody may have seen what the writes that run will leave: of these keys, or of any (null) */
  expose: { ask: { keys: readonly string[] | null }; answer: true };
  /** a query of an index leaves: which rows may DynamoDB be wrong about? Those that are touched from now on are noted under the id */
  watch: { ask: { id: string; input: QueryInput; deadlineMs: number }; answer: readonly SeenRow[] };
  /** which were those? null: nobody knows */
  unwatch: { ask: { id: string }; answer: readonly SeenRow[] | null };
  /** what became of the write that was sent with this token? */
  settle: { ask: { token: string }; answer: CertainOutcome };
  /** another division takes over */
  close: { ask: { next: Division }; answer: LeftState };
  /** the division before has ended, and has left this; to be asked again, it changes nothing */
  open: { ask: { shards: number; left: LeftState }; answer: true };
  /** of the tenant's first object: how are the keys divided? */
  division: { ask: object; answer: DivisionReport };
  /** divides the keys anew. @param epoch of the division that the wish is about; absent: of any */
  divide: { ask: { shards: number; epoch?: number }; answer: DivisionReport };
}

/** A key that a transaction of another shard writes. */
export interface LentKey {
  id: string;
  change: KeyChange;
}

export type AskName = keyof Asks;
export type Ask = { [Name in AskName]: { name: Name } & Asks[Name]['ask'] }[AskName];

export interface DivisionReport extends Division {
  /** how many shards there were in each division, this one included, from epoch 0 on */
  past: readonly number[];
  /** another one is about to take over */
  isChanging: boolean;
}

/** What travels. */
export interface AskRequest {
  tenant: string;
  ask: Ask;
}
/** `moved`: the object does not answer for any keys; see `ShardRole.next`. */
export type AskAnswer = { answer: unknown; state: ObjectState } | { moved: Division | null };

/** A row that a query may show wrongly, as far as another shard has to know it. */
export interface SeenRow {
  /** of its key */
  id: string;
  isRunning: boolean;
  /** where it stands in the index; null: not in it; absent: not known */
  at?: Position | null;
}

/** What those who take over have to know. */
export interface LeftState {
  /** of which writes may still be applied until then, or DynamoDB's indexes lag behind */
  keys: readonly { id: string; untilMs: number }[];
  /** until then any key may be as one of those; 0: no others are */
  allUntilMs: number;
  doubtful: readonly { token: string; write: DoubtfulWrite }[];
  isReadOnly: boolean;
}

/** What the objects of a tenant ask each other. */
export interface ShardRpc {
  /** @param request JSON of an `AskRequest` @returns JSON of an `AskAnswer` */
  ask(request: string): Promise<string>;
}
