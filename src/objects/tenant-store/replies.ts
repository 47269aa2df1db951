/** Answers as JSON texts. Cached items are texts already: they are put between brackets, never parsed and written again. */
import type { CacheState, StoreError } from '../../dynamo/item-store.ts';
import type { BatchGetItemInput } from '../../dynamo/types.ts';
import type { Cost } from './cost.ts';

const HIT_META = '"meta":{"cache":"hit","calls":0,"keys":0,"readUnits":0,"writeUnits":0}';
const MISSING_OUTPUT = '{}';

/** What a reply may carry besides. */
export interface ReplyExtras {
  /** what a batch has left for another call */
  rest?: BatchGetItemInput | undefined;
  /** how long after its time the oldest of what is answered was served; 0: in time */
  staleMs?: number;
}

/** @param output JSON */
export function successReply(output: string, cache: CacheState, cost: Cost, { rest, staleMs }: ReplyExtras = {}): string {
  return `{"ok":true,"output":${output},${restText(rest)}"meta":${metaText(cache, cost, staleMs)}}`;
}

/** @param output JSON of what was done all the same */
export function failureReply(
  error: StoreError,
  cache: CacheState,
  cost: Cost,
  output?: string,
  { rest, staleMs }: ReplyExtras = {},
): string {
  const withOutput = output === undefined ? '' : `"output":${output},`;
  return `{"ok":false,"error":${JSON.stringify(error)},${withOutput}${restText(rest)}"meta":${metaText(cache, cost, staleMs)}}`;
}

/** As `successReply`, of what was all in memory. */
export function hitReply(output: string, rest?: BatchGetItemInput): string {
  return `{"ok":true,"output":${output},${restText(rest)}${HIT_META}}`;
}

/** A GetItem's output. @param text JSON of the item, null when there is none */
export function itemOutput(text: string | null): string {
  return text === null ? MISSING_OUTPUT : `{"Item":${text}}`;
}

/** A BatchGetItem's output. @param textsByTable JSON of the items found */
export function batchOutput(textsByTable: ReadonlyMap<string, readonly string[]>): string {
  const tables = [...textsByTable].map(([table, texts]) => `${JSON.stringify(table)}:[${texts.join(',')}]`);
  return `{"Responses":{${tables.join(',')}}}`;
}

function restText(rest: BatchGetItemInput | undefined): string {
  return rest === undefined ? '' : `"rest":${JSON.stringify(rest)},`;
}

function metaText(cache: CacheState, { calls, keys, readUnits, writeUnits }: Cost, staleMs = 0): string {
  const stale = staleMs === 0 ? '' : `,"staleMs":${staleMs}`;
  return `{"cache":"${cache}","calls":${calls},"keys":${keys},"readUnits":${readUnits},"writeUnits":${writeUnits}${stale}}`;
}
