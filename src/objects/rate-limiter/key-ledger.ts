/** What of the keys outlives the object, and when it is written. */
import { KeyState } from './key-state.ts';
import type { Ledger, LimiterCore, StoredKey } from './limiter-core.ts';
import type { PreparedRule } from './prepared-rule.ts';
import type { LimitChanges } from './rpc.ts';

/** What of an object's storage it needs. */
export type LedgerStorage = Pick<DurableObjectStorage, 'kv' | 'put' | 'getAlarm' | 'setAlarm' | 'deleteAll'>;

/** Many keys in one row: the rules they are counted as, and their numbers one after the other. */
interface PackedKeys {
  atMs: number;
  /** of each of the rules. Rows of releases that did not store them have none, and are not read */
  shapes?: Map<string, string>;
  keys: string[];
  rules: string[];
  /** of each key how many numbers follow, and then those */
  numbers: Float64Array;
}

interface StrictKey {
  atMs: number;
  shape: string;
  numbers: number[];
}

const PACKED = 'packed/';
const STRICT = 'strict/';
const LEARNED = 'learned';
/** A row has at most 2 MB. */
const ROW_MAX_BYTES = 1_500_000;
const BYTES_PER_NUMBER = 8;

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
    const idleAtMs = Math.max(this.#prunePacked(core, nowMs), this.#pruneStrict(core, nowMs));
    if (idleAtMs <= nowMs) return this.#empty(nowMs);
    if (!this.#isDirty) return this.#arm(idleAtMs);
    this.#isDirty = false;
    await this.#write(core, nowMs);
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

  #pruneStrict(core: LimiterCore, nowMs: number): number {
    let latestMs = 0;
    this.#withOwnRows.clear();
    for (const [name, { atMs, shape, numbers }] of this.#storage.kv.list<StrictKey>({ prefix: STRICT })) {
      const [countedAs, key] = strictKey(name);
      const rule = ruleOf(core, countedAs, shape);
      const state = core.keys.get(countedAs, key) ?? (rule === undefined ? null : KeyState.fromNumbers(rule, numbers));
      const atOrLaterMs = core.advance(Math.max(nowMs, atMs));
      state?.advance(state.rule, atOrLaterMs);
      const idleAtMs = state?.idleAtMs(atOrLaterMs) ?? 0;
      latestMs = Math.max(latestMs, idleAtMs);
      if (idleAtMs > atOrLaterMs) {
        this.#withOwnRows.add(countedAs);
        continue;
      }
      this.#storage.kv.delete(name);
      core.keys.delete(countedAs, key);
    }
    return latestMs;
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

function strictRow(countedAs: string, key: string): string {
  return `${STRICT}${countedAs}/${key}`;
}

/** Names of rules have no slash, so the first one ends them; a key is any text. */
function strictKey(row: string): [countedAs: string, key: string] {
  const end = row.indexOf('/', STRICT.length);
  return [row.slice(STRICT.length, end), row.slice(end + 1)];
}

/** The rule by which what was counted under a name and a shape is read; undefined when nothing is counted so any more. */
function ruleOf(core: LimiterCore, countedAs: string, shape: string | undefined): PreparedRule | undefined {
  const rule = core.rule(countedAs);
  return rule?.countedAs === countedAs && rule.shape === shape ? rule : undefined;
}

/** Whether a key is written together with others; not what was spent under another shape than today's, which begins afresh when it is asked for. */
function isPacked(core: LimiterCore, countedAs: string, { rule, ownRow }: KeyState): boolean {
  const { durability, shape } = rule;
  return (durability === 'coalesced' || (durability === 'strict' && ownRow !== 'current')) && ruleOf(core, countedAs, shape) !== undefined;
}

function pack(core: LimiterCore, nowMs: number): PackedKeys[] {
  const rows: PackedKeys[] = [];
  let keys: string[] = [];
  let rules: string[] = [];
  let shapes = new Map<string, string>();
  let numbers: number[] = [];
  let bytes = 0;
  const close = () => {
    if (keys.length > 0) rows.push({ atMs: nowMs, shapes, keys, rules, numbers: Float64Array.from(numbers) });
    [keys, rules, shapes, numbers, bytes] = [[], [], new Map<string, string>(), [], 0];
  };
  for (const [countedAs, key, state] of core.keys.entries()) {
    if (!isPacked(core, countedAs, state)) continue;
    const own = state.toNumbers();
    bytes += key.length + countedAs.length + (own.length + 1) * BYTES_PER_NUMBER + 8;
    if (bytes > ROW_MAX_BYTES) close();
    keys.push(key);
    rules.push(countedAs);
    shapes.set(countedAs, state.rule.shape);
    numbers.push(own.length);
    for (const number of own) numbers.push(number);
  }
  close();
  return rows;
}
