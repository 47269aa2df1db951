/** What an owner was told of its tenant's API keys. D1 is the list; this is a copy that answers, and is asked for again when it is old. */
import { isSameText } from '../../lib/same-text.ts';
import { type ApiKeyFacts, isInForce, isUseDue } from '../../wire/api-key-facts.ts';
import type { KeyCheck } from './rpc.ts';

/** A change that nobody has told, as one that a command makes in D1 itself, is seen so much later. */
const FRESH_MS = 5_000;
/** A copy that nobody has asked for so long is dropped, so that an idle owner stops existing. */
const KEPT_MS = 7 * 86_400_000;

interface Told {
  facts: ApiKeyFacts;
  toldAtMs: number;
}

export class ToldKeys {
  readonly #sql: SqlStorage;
  readonly #byKid: Map<string, Told>;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    const rows = sql.exec<{ kid: string; facts: string; told_at_ms: number }>('SELECT kid, facts, told_at_ms FROM keys').toArray();
    // Written by `#put`.
    this.#byKid = new Map(
      rows.map(({ kid, facts, told_at_ms }) => [kid, { facts: JSON.parse(facts) as ApiKeyFacts, toldAtMs: told_at_ms }]),
    );
  }

  /** When the first copy is dropped; null when there is none. */
  get firstDropAtMs(): number | null {
    return this.#byKid.size === 0 ? null : Math.min(...[...this.#byKid.values()].map(({ toldAtMs }) => toldAtMs + KEPT_MS));
  }

  check(kid: string, secretHash: string, nowMs: number): KeyCheck {
    const told = this.#byKid.get(kid);
    if (told === undefined) return { kind: 'untold', last: null };
    const isGood = isSameText(told.facts.secretHash, secretHash) && isInForce(told.facts, nowMs);
    if (nowMs >= told.toldAtMs + FRESH_MS) return { kind: 'untold', last: isGood ? told.facts : null };
    if (!isGood) return { kind: 'refused' };
    const { facts } = told;
    if (isUseDue(facts, nowMs)) told.facts = { ...facts, lastUsedAtMs: nowMs };
    return { kind: 'live', facts };
  }

  /** As of memberships: what was read is written only where it is news, and does not undo a change that was told. @returns whether it is news */
  learn(facts: ApiKeyFacts, nowMs: number, source: 'changed' | 'read'): boolean {
    const known = this.#byKid.get(facts.kid);
    const isFresh = known !== undefined && nowMs < known.toldAtMs + FRESH_MS;
    if (source === 'read' && isFresh) return false;
    const isNews = source === 'changed' || known === undefined || !isSameKey(known.facts, facts);
    if (isNews) this.#put(facts, nowMs);
    else this.#byKid.set(facts.kid, { facts, toldAtMs: nowMs });
    return isNews;
  }

  /** What has changed for all keys of the tenant. */
  learnOfAll(change: Pick<ApiKeyFacts, 'plan' | 'suspendedAtMs'>, nowMs: number): void {
    for (const { facts } of this.#byKid.values()) this.#put({ ...facts, ...change }, nowMs);
  }

  forgetAll(): void {
    for (const kid of this.#byKid.keys()) this.#drop(kid);
  }

  expire(nowMs: number): void {
    for (const [kid, { toldAtMs }] of this.#byKid) if (nowMs >= toldAtMs + KEPT_MS) this.#drop(kid);
  }

  #put(facts: ApiKeyFacts, nowMs: number): void {
    this.#byKid.set(facts.kid, { facts, toldAtMs: nowMs });
    this.#sql.exec('INSERT OR REPLACE INTO keys VALUES (?, ?, ?)', facts.kid, JSON.stringify(facts), nowMs);
  }

  #drop(kid: string): void {
    this.#byKid.delete(kid);
    this.#sql.exec('DELETE FROM keys WHERE kid = ?', kid);
  }
}

/** Whether two say the same, but for when it was used. */
function isSameKey(one: ApiKeyFacts, other: ApiKeyFacts): boolean {
  return JSON.stringify({ ...one, lastUsedAtMs: null }) === JSON.stringify({ ...other, lastUsedAtMs: null });
}
