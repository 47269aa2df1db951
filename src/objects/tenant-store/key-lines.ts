/**
 * The state of every key that something happens to, and what is cached of it: the heart of the object.
 *
 * A key is idle, read by a flight, or has a line: turns of writes, and of reads that found nothing cached while writes were in front of them.
 * The rules that keep every key linearizable:
 * 1. A write takes its turn in the lines of all its keys at once, and runs when it heads them all. Writes to a key so run one at a time.
 * 2. A cached value is served until the write that changes it is acknowledged; what the write leaves is cached in the same turn.
 * 3. A write takes the lease of every flight that began before it: what the flight brings is neither cached nor answered, its readers are looked up again.
 * 4. A reader who finds nothing cached while the key has a line waits in it; a write behind such a reader waits too, so nobody starves.
 * 5. While a key is held (`Freshness`), nothing of it is cached and nobody joins a request that has left.
 */
import type { StoreError } from '../../dynamo/item-store.ts';
import type { Loader, LoadOutcome } from './batch-loader.ts';
import { isSameItem } from './comparable-item.ts';
import { addCost, type Cost } from './cost.ts';
import { Flight, type FlightControl, type Reader } from './flight.ts';
import type { CachedItem } from './item-cache.ts';
import type { ItemKey } from './item-key.ts';
import { KeyValues, type KeyValuesOptions } from './key-values.ts';
import type { Effect, Effects, Image, TouchedRow } from './written-rows.ts';

export interface KeyLinesOptions extends KeyValuesOptions {
  loader: Loader;
}

interface WriteTurn {
  kind: 'write';
  rows: readonly TouchedRow[];
  /** the lines it does not head yet */
  behind: number;
  /** ids of keys that somebody else has written while it ran: before it or after it, nobody knows */
  readonly doubted: Set<string>;
  /** ids of keys that were held when it began: an earlier write may be applied after it, and the hold be over when its answer comes */
  readonly held: Set<string>;
  start: () => void;
}
interface ReadTurn {
  kind: 'read';
  flight: Flight;
}

interface Line {
  /** in no order; none of them overtaken */
  flights: Flight[];
  turns: (WriteTurn | ReadTurn)[];
}

/** How long a reader waits for DynamoDB who takes what is stale; no longer than half of its time, as the answer has a way to go. */
const STALE_PATIENCE_MS = 2_000;

export class KeyLines implements FlightControl {
  readonly #options: KeyLinesOptions;
  readonly #lines = new Map<string, Line>();
  readonly #runningWrites = new Set<WriteTurn>();
  readonly #values: KeyValues;

  constructor(options: KeyLinesOptions) {
    this.#options = options;
    this.#values = new KeyValues(options);
  }

  /** How many keys something happens to at the moment. */
  get busyKeys(): number {
    return this.#lines.size;
  }

  /** Whether something happens to the key that `keyId` names. */
  isBusy(keyId: string): boolean {
    return this.#lines.has(keyId);
  }

  /** How many writes are under way. */
  get runningWrites(): number {
    return this.#runningWrites.size;
  }

  /** What is cached of `key`, or undefined. @param nowMs default: the time */
  peek(key: ItemKey, nowMs?: number): CachedItem | undefined {
    return this.#options.cache.get(key.id, nowMs);
  }

  /** Settles `reader` with the value of its key, from the cache or from DynamoDB. */
  read(reader: Reader): void {
    const cached = this.peek(reader.key);
    if (cached !== undefined) {
      reader.settle({ ok: true, text: cached.text });
      return;
    }
    const line = this.#lineOf(reader.key);
    if (line.turns.length > 0) this.#waitInLine(line, reader);
    else this.#fly(line, this.#lessPatient(reader));
  }

  /** Who can be answered otherwise does not wait to the end. */
  #lessPatient(reader: Reader): Reader {
    if (!reader.acceptsStale || this.#options.cache.getStale(reader.key.id) === undefined) return reader;
    const nowMs = this.#options.nowMs();
    return { ...reader, deadlineAtMs: nowMs + Math.min(STALE_PATIENCE_MS, (reader.deadlineAtMs - nowMs) / 2) };
  }

  /**
   * Runs a write of `rows` when its turn has come in the lines of all their keys, and applies what it left of them.
   *
   * @param rows each row once
   * @param run sends the write and tells what it came to; when it throws, what became of the rows is unknown
   * @returns its value, after its effects: who is told of the write reads it
   */
  write<T>(rows: readonly TouchedRow[], run: () => Promise<{ effects: Effects; value: T }>): Promise<T> {
    return new Promise((resolve, reject) => {
      const turn: WriteTurn = {
        kind: 'write',
        rows,
        behind: rows.length,
        doubted: new Set(),
        held: new Set(),
        start: () => void this.#run(turn, run).then(resolve, reject), // its end is told through the promise returned here
      };
      if (rows.length === 0) turn.start();
      const displaced = rows.flatMap(({ key }) => this.#takeTurn(this.#lineOf(key), turn));
      for (const reader of displaced) this.read(reader);
    });
  }

  /**
   * Forgets what is cached of keys that a write may be changing now: somebody has seen DynamoDB past the cache and may have seen the new value.
   *
   * @param isSeen whether the row of a key may have been seen
   */
  forgetRunningWrites(isSeen: (keyId: string) => boolean): void {
    const { cache, watcher } = this.#options;
    for (const turn of this.#runningWrites) for (const { key } of turn.rows) if (isSeen(key.id)) cache.delete(key.id);
    watcher.exposed(isSeen);
  }

  /**
   * Somebody who bypasses this object has written `key`: what is cached, on its way, or left by a write that runs may be older than that.
   * What is read from now on is read strongly; always safe.
   *
   * @param row what the other writer has left, when that is known; others may have written it since
   */
  invalidate(key: ItemKey, row?: Image): void {
    const { cache, freshness, watcher, nowMs } = this.#options;
    const cached = this.peek(key)?.text;
    freshness.markWritten(key, nowMs());
    cache.delete(key.id);
    watcher.invalidated(key, cached, row);
    this.#doubt(key.id);
  }

  /** As `invalidate`, for all keys whose ids match. @returns how many were cached */
  invalidateAll(matches: (keyId: string) => boolean): number {
    const { cache, freshness, watcher, nowMs } = this.#options;
    freshness.markAllWritten(nowMs());
    watcher.invalidatedAll();
    const dropped = cache.deleteWhere(matches);
    for (const keyId of Array.from(this.#lines.keys()).filter(matches)) this.#doubt(keyId);
    return dropped;
  }

  /** Somebody has read `text` of `key` from DynamoDB, past the cache: when that is not what is cached here, somebody else has written it. */
  compare(key: ItemKey, text: string | null): void {
    if (!this.holds(key, text)) this.invalidate(key);
  }

  /** Whether `text` is what is cached of `key`, in whatever order of its parts. */
  holds(key: ItemKey, text: string | null): boolean {
    const cached = this.peek(key);
    return cached !== undefined && isSameItem(cached.text, text);
  }

  /** Whether a write of `key` is under way. */
  isBeingWritten(key: ItemKey): boolean {
    return this.#lines.get(key.id)?.turns[0]?.kind === 'write';
  }

  /** Nothing that is under way for a key is kept, and no reader is answered with what has left. */
  #doubt(keyId: string): void {
    this.#values.doubt(keyId);
    const line = this.#lines.get(keyId);
    if (line === undefined) return;
    const [head] = line.turns;
    if (head?.kind === 'write') head.doubted.add(keyId);
    else if (head?.flight.isSent === true) head.flight.overtake();
    const displaced = line.flights.flatMap((flight) => flight.overtake());
    line.flights = [];
    if (line.turns.length === 0) this.#lines.delete(keyId);
    for (const reader of displaced) this.read(reader);
  }

  mayKeep(key: ItemKey): boolean {
    return this.#values.mayKeep(key);
  }

  landed(flight: Flight, outcome: LoadOutcome, cost: Cost): void {
    const cause = flight.readers[0];
    if (cause !== undefined) addCost(cause.cost, cost);
    if (flight.isOvertaken) this.#landTooLate(flight);
    else this.#landInTime(flight, outcome);
  }

  #landInTime(flight: Flight, outcome: LoadOutcome): void {
    if (outcome.ok && flight.mayKeep) this.#values.keep(flight.key, outcome.text);
    if (outcome.ok && flight.strong) this.#values.see(flight.key, outcome.text);
    const line = this.#lineOf(flight.key);
    line.flights = line.flights.filter((other) => other !== flight);
    if (isTurnOf(line.turns[0], flight)) line.turns.shift();
    this.#settle(flight, outcome);
    this.#advance(flight.key, line);
  }

  #landTooLate(flight: Flight): void {
    const line = this.#lines.get(flight.key.id);
    if (line !== undefined && isTurnOf(line.turns[0], flight)) {
      line.turns.shift();
      this.#advance(flight.key, line);
    }
    for (const reader of flight.readers) this.read(reader);
  }

  #settle(flight: Flight, outcome: LoadOutcome): void {
    const nowMs = this.#options.nowMs();
    for (const reader of flight.readers) {
      const mayTryAgain = !outcome.ok && ranOutOfTime(outcome.error) && flight.wasTooShortFor(reader) && nowMs < reader.deadlineAtMs;
      if (mayTryAgain) this.read(reader);
      else reader.settle(outcome.ok ? outcome : this.#staleInstead(reader, outcome));
    }
  }

  /** DynamoDB did not answer: what is cached serves a while longer, for those who take it. */
  #staleInstead(reader: Reader, failed: LoadOutcome & { ok: false }): LoadOutcome {
    const stale = reader.acceptsStale && isOutage(failed.error) ? this.#options.cache.getStale(reader.key.id) : undefined;
    return stale === undefined ? failed : { ok: true, ...stale };
  }

  #fly(line: Line, reader: Reader): void {
    const joinable = line.flights.find((flight) => this.#mayJoin(flight));
    if (joinable !== undefined) {
      if (joinable.join(reader)) this.#options.loader.add(joinable);
      return;
    }
    const { freshness, loader, nowMs } = this.#options;
    const flight = new Flight(reader, reader.strong || freshness.isStrong(reader.key.partition, nowMs()), this);
    line.flights.push(flight);
    loader.add(flight);
  }

  #waitInLine(line: Line, reader: Reader): void {
    const last = line.turns.at(-1);
    if (last?.kind === 'read' && this.#mayJoin(last.flight)) last.flight.join(reader);
    else line.turns.push({ kind: 'read', flight: new Flight(reader, true, this) });
  }

  #mayJoin(flight: Flight): boolean {
    return !flight.isSent || (flight.mayKeep && this.mayKeep(flight.key));
  }

  /** @returns readers of flights that had not left */
  #takeTurn(line: Line, turn: WriteTurn): readonly Reader[] {
    const displaced = line.flights.flatMap((flight) => flight.overtake());
    line.flights = [];
    line.turns.push(turn);
    if (line.turns.length === 1) this.#comeCloser(turn);
    return displaced;
  }

  #comeCloser(turn: WriteTurn): void {
    turn.behind--;
    if (turn.behind === 0) turn.start();
  }

  async #run<T>(turn: WriteTurn, run: () => Promise<{ effects: Effects; value: T }>): Promise<T> {
    const { freshness, watcher, nowMs } = this.#options;
    this.#runningWrites.add(turn);
    for (const row of turn.rows) {
      freshness.markWritten(row.key, nowMs());
      watcher.began(row, this.peek(row.key)?.text);
      if (freshness.isHeld(row.key, nowMs())) turn.held.add(row.key.id);
    }
    let effects: Effects | null = null;
    try {
      const done = await run();
      effects = done.effects;
      return done.value;
    } finally {
      this.#runningWrites.delete(turn);
      // All keys first, so that a transaction becomes visible at once.
      for (const row of turn.rows) this.#apply(row, effects === null ? { kind: 'unknown' } : effects.get(row.key.id), turn);
      for (const { key } of turn.rows) this.#leave(key);
    }
  }

  #apply(row: TouchedRow, effect: Effect | undefined, turn: WriteTurn): void {
    const { key } = row;
    const meanwhile = { isDoubted: turn.doubted.has(key.id), wasHeld: turn.held.has(key.id) };
    if (effect !== undefined) this.#values.apply(key, effect, meanwhile);
    this.#options.watcher.ended(row, meanwhile.isDoubted ? effect && doubted(effect) : effect, meanwhile.wasHeld);
  }

  /** A write has ended: who waited for a value of its key may have one now. */
  #leave(key: ItemKey): void {
    const line = this.#lineOf(key);
    line.turns.shift();
    const cached = this.peek(key);
    if (cached !== undefined) {
      const served = line.turns.filter((turn) => turn.kind === 'read');
      line.turns = line.turns.filter((turn) => turn.kind === 'write');
      for (const turn of served) this.#settle(turn.flight, { ok: true, text: cached.text });
    }
    this.#advance(key, line);
  }

  /** Starts the turn that has just come to the head of a line, and drops a line that nobody needs. */
  #advance(key: ItemKey, line: Line): void {
    const head = line.turns[0];
    if (head?.kind === 'write') this.#comeCloser(head);
    else if (head?.kind === 'read') this.#options.loader.add(head.flight);
    else if (line.flights.length === 0) this.#lines.delete(key.id);
  }

  #lineOf(key: ItemKey): Line {
    const existing = this.#lines.get(key.id);
    if (existing !== undefined) return existing;
    const line: Line = { flights: [], turns: [] };
    this.#lines.set(key.id, line);
    return line;
  }
}

function isTurnOf(turn: WriteTurn | ReadTurn | undefined, flight: Flight): boolean {
  return turn?.kind === 'read' && turn.flight === flight;
}

/** DynamoDB may know the item, and cannot be asked. */
function isOutage({ code }: StoreError): boolean {
  return code === 'unavailable' || code === 'throttled' || code === 'deadline_exceeded';
}

/** Somebody else has written the row too, before this effect or after it. */
function doubted({ kind }: Effect): Effect {
  return { kind: kind === 'unknown' ? kind : 'changed', isDoubted: true };
}

/** Both mean that the request's time was up, not that DynamoDB refused the key. */
function ranOutOfTime(error: StoreError): boolean {
  return error.code === 'deadline_exceeded' || error.code === 'throttled';
}
