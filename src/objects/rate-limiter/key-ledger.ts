/** What of the keys outlives the object, and when it is written. */
import { KeyState } from './key-state.ts';
import type { Ledger, LimiterCore, StoredKey } from './limiter-core.ts';
import { isPacked, pack, ruleOf, type PackedKeys } from './packed-keys.ts';
import type { PreparedRule } from './prepared-rule.ts';
import type { LimitChanges } from './rpc.ts';

/** What of an object's storage it needs. */
export type LedgerStorage = Pick<DurableObjectStorage, 'kv' | 'put' | 'getAlarm' | 'setAlarm' | 'deleteAll'>;

interface StrictKey {
  atMs: number;
  shape: string;
  numbers: number[];
}

/** A look at all strict rows, over several alarms where they are many. */
interface Sweep {
  /** the first row that it has not looked at */
  start: string;
  /** what the rows that stay are counted as, and when the last of them counts no more: of those seen, and those written since it has begun */
  names: Set<string>;
  latestMs: number;
}

const PACKED = 'packed/';
const STRICT = 'strict/';
const LEARNED = 'learned';
/** Strict rows that one alarm looks at, so that it is soon over: some milliseconds. */
const SWEEP_ROWS = 2_000;

/**
 * Keys of `coalesced` policies are written together, at most once in `flushMs`; those of `strict` ones each at every change, before the answer leaves;
 * those of `volatile` ones never. What a key has stored under one durability counts under another: a row of its own is good until it is written with the
 * others, and a key without one is written with them. The one alarm is set while there is something to write or to remove: it writes what has changed, removes what no longer
 * counts, and with the last key everything, itself included. Rows are of the key-value side of the object's SQLite, so an object that keeps nothing has no
 * table either.
 */
export class KeyLedger implements Ledger {
  readonly #storage: LedgerStorage;
  readonly #flushMs: number;
  #alarmAtMs: number | null = null;
  #isDirty = false;
  #packedRows = 0;
  /** what keys are counted as that have rows of their own */
  #withOwnRows = new Set<string>();
  #sweep: Sweep | null = null;
  /** run-time changes that are not stored: keys of the policies that they bring could not be read without them */
  #unstored: LimitChanges | null = null;

  constructor(storage: LedgerStorage, flushMs: number) {
    this.#storage = storage;
    this.#flushMs = flushMs;
  }

  /** The run-time changes that the stored keys were counted by; null when there are none. */
  learned(): LimitChanges | null {
    return this.#storage.kv.get<LimitChanges>(LEARNED) ?? null;
  }

  /** Takes note of the run-time changes by which keys are counted from now on. */
  learn(changes: LimitChanges): void {
    this.#unstored = changes;
  }

  /** Fills an empty core, which knows what was learned. To be called before anything is asked of it. */
  async load(core: LimiterCore, nowMs: number): Promise<void> {
    this.#alarmAtMs = await this.#storage.getAlarm();
    core.advance(nowMs);
    this.#withOwnRows = this.#readWithOwnRows();
    for (const [, row] of this.#storage.kv.list<PackedKeys>({ prefix: PACKED })) {
      this.#packedRows += 1;
      this.#unpack(row, core);
    }
  }

  find(rule: PreparedRule, key: string): StoredKey | undefined {
    if (!this.#withOwnRows.has(rule.countedAs)) return undefined;
    const row = this.#storage.kv.get<StrictKey>(strictRow(rule.countedAs, key));
    if (row?.shape !== rule.shape) return undefined;
    const state = KeyState.fromNumbers(rule, row.numbers);
    state.ownRow = 'current';
    return { state, atMs: row.atMs };
  }

  changed(rule: PreparedRule, key: string, state: KeyState, nowMs: number): void {
    switch (rule.durability) {
      case 'volatile':
        return;
      case 'coalesced':
        this.#isDirty = true;
        if (state.ownRow !== null) state.ownRow = 'stale';
        break;
      case 'strict':
        // It may be among the others still, with what it had spent before.
        if (state.ownRow === null && this.#packedRows > 0) this.#isDirty = true;
        state.ownRow = 'current';
        this.#withOwnRows.add(rule.countedAs);
        if (this.#sweep !== null) keepIn(this.#sweep, rule.countedAs, state.idleAtMs(nowMs));
        this.#storage.kv.put<StrictKey>(strictRow(rule.countedAs, key), { atMs: nowMs, shape: rule.shape, numbers: state.toNumbers() });
    }
    if (this.#unstored !== null) this.#storage.kv.put(LEARNED, this.#unstored);
    this.#unstored = null;
    this.#armSoon(nowMs);
  }

  /** Forgets a key that memory has forgotten. */
  removed(countedAs: string, key: string, nowMs: number): void {
    this.#storage.kv.delete(strictRow(countedAs, key));
    if (this.#packedRows === 0) return;
    this.#isDirty = true;
    this.#armSoon(nowMs);
  }

  /** What the alarm does. Does no harm when it runs twice. */
  async settle(core: LimiterCore, clockMs: number): Promise<void> {
    this.#alarmAtMs = null;
    const nowMs = core.advance(clockMs);
    const packedUntilMs = this.#prunePacked(core, nowMs);
    const strictUntilMs = this.#pruneStrict(core, nowMs);
    if (strictUntilMs !== null) {
      const idleAtMs = Math.max(packedUntilMs, strictUntilMs);
      if (idleAtMs <= nowMs) return this.#empty(nowMs);
      if (!this.#isDirty) return this.#arm(idleAtMs);
    }
    if (this.#isDirty) {
      this.#isDirty = false;
      await this.#write(core, nowMs);
    }
    this.#arm(nowMs + this.#flushMs);
  }

  #unpack({ atMs, shapes, keys, rules, numbers }: PackedKeys, core: LimiterCore): void {
    let next = 0;
    keys.forEach((key, index) => {
      const length = numbers[next] ?? 0;
      const own = numbers.subarray(next + 1, next + 1 + length);
      next += length + 1;
      const countedAs = rules[index] ?? '';
      const rule = ruleOf(core, countedAs, shapes?.get(countedAs));
      // A policy that has become strict since: what a key has spent from then on stands in a row of its own.
      if (rule && this.find(rule, key) === undefined) core.restore(rule, key, KeyState.fromNumbers(rule, [...own]), atMs);
    });
  }

  /** Removes everything, so that the object stops to exist. */
  async #empty(nowMs: number): Promise<void> {
    this.#unstored ??= this.learned();
    this.#packedRows = 0;
    this.#withOwnRows.clear();
    this.#sweep = null;
    this.#isDirty = false;
    await this.#storage.deleteAll();
    // Nothing is asked of an object while it waits for its storage; if that should change, the alarm is not lost.
    if (this.#isDirty) this.#armSoon(nowMs);
  }

  async #write(core: LimiterCore, nowMs: number): Promise<void> {
    for (const [countedAs, key, state] of core.keys.entries()) {
      if (state.ownRow === null || !isPacked(core, countedAs, state)) continue;
      this.#storage.kv.delete(strictRow(countedAs, key));
      state.ownRow = null;
    }
    const rows = pack(core, nowMs);
    const surplus = this.#packedRows;
    this.#packedRows = rows.length;
    for (let index = rows.length; index < surplus; index++) this.#storage.kv.delete(`${PACKED}${index}`);
    // No answer waits for it: what a crash takes is what was spent since the last time, as the policy says.
    await Promise.all(rows.map((row, index) => this.#storage.put(`${PACKED}${index}`, row, { allowUnconfirmed: true })));
  }

  /** Looks at one row for each name. */
  #readWithOwnRows(): Set<string> {
    const names = new Set<string>();
    let start = STRICT;
    for (;;) {
      const [row] = this.#storage.kv.list({ prefix: STRICT, start, limit: 1 });
      if (row === undefined) return names;
      const [countedAs] = strictKey(row[0]);
      names.add(countedAs);
      start = `${STRICT}${countedAs}0`; // what comes after the slash
    }
  }

  /** @returns when the last of the keys that are written together counts no more */
  #prunePacked(core: LimiterCore, nowMs: number): number {
    let latestMs = 0;
    for (const [countedAs, key, state] of core.keys.entries()) {
      if (state.ownRow !== null) continue;
      state.advance(state.rule, nowMs);
      const idleAtMs = state.idleAtMs(nowMs);
      if (idleAtMs <= nowMs) core.keys.delete(countedAs, key);
      else if (state.rule.durability !== 'volatile') latestMs = Math.max(latestMs, idleAtMs);
    }
    return latestMs;
  }

  /** @returns when the last of the keys with rows of their own counts no more; null while there are rows that it has not looked at */
  #pruneStrict(core: LimiterCore, nowMs: number): number | null {
    const sweep = (this.#sweep ??= { start: STRICT, names: new Set<string>(), latestMs: 0 });
    const rows = [...this.#storage.kv.list<StrictKey>({ prefix: STRICT, start: sweep.start, limit: SWEEP_ROWS })];
    for (const [name, { atMs, shape, numbers }] of rows) {
      const [countedAs, key] = strictKey(name);
      const rule = ruleOf(core, countedAs, shape);
      const state = core.keys.get(countedAs, key) ?? (rule === undefined ? null : KeyState.fromNumbers(rule, numbers));
      const atOrLaterMs = core.advance(Math.max(nowMs, atMs));
      state?.advance(state.rule, atOrLaterMs);
      const idleAtMs = state?.idleAtMs(atOrLaterMs) ?? 0;
      if (idleAtMs > atOrLaterMs) {
        keepIn(sweep, countedAs, idleAtMs);
        continue;
      }
      this.#storage.kv.delete(name);
      core.keys.delete(countedAs, key);
    }
    const [last] = rows[SWEEP_ROWS - 1] ?? [];
    if (last !== undefined) {
      sweep.start = `${last}\0`; // the first text after it
      return null;
    }
    this.#withOwnRows = sweep.names;
    this.#sweep = null;
    return sweep.latestMs;
  }

  #armSoon(nowMs: number): void {
    if (this.#alarmAtMs === null || this.#alarmAtMs > nowMs + this.#flushMs) this.#arm(nowMs + this.#flushMs);
  }

  #arm(atMs: number): void {
    this.#alarmAtMs = Math.ceil(atMs);
    // Writes of one turn are stored together; if it fails, the runtime resets the object.
    void this.#storage.setAlarm(this.#alarmAtMs, { allowUnconfirmed: true });
  }
}

function keepIn(sweep: Sweep, countedAs: string, idleAtMs: number): void {
  sweep.names.add(countedAs);
  sweep.latestMs = Math.max(sweep.latestMs, idleAtMs);
}

function strictRow(countedAs: string, key: string): string {
  return `${STRICT}${countedAs}/${key}`;
}

/** Names of rules have no slash, so the first one ends them; a key is any text. */
function strictKey(row: string): [countedAs: string, key: string] {
  const end = row.indexOf('/', STRICT.length);
  return [row.slice(STRICT.length, end), row.slice(end + 1)];
}
