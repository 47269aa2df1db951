/** Named timers over the one alarm that a Durable Object has. An object without timers has no alarm, and so can stop existing. */
import { logError } from '../lib/log.ts';

/** The table the timers are kept in, for the object's migrations. */
export const TIMERS_SCHEMA = 'CREATE TABLE timers (name TEXT PRIMARY KEY, at_ms INTEGER NOT NULL) WITHOUT ROWID';

/**
 * What a timer does when its time has come. May run twice for one time (alarms are delivered at least once).
 *
 * @returns when it wants to run again, null for not
 */
export type TimerHandler = (nowMs: number) => number | null | Promise<number | null>;

/** The platform takes no alarm much later than this. For a timer that is later the alarm rings early, finds nothing due, and is set again. */
const LATEST_ALARM_MS = Date.UTC(2180);

/** A handler that failed runs again after this. */
const RETRY_MS = 60_000;

export class Timers<Name extends string> {
  readonly #storage: DurableObjectStorage;
  readonly #handlers: Readonly<Record<Name, TimerHandler>>;

  constructor(storage: DurableObjectStorage, handlers: Readonly<Record<Name, TimerHandler>>) {
    this.#storage = storage;
    this.#handlers = handlers;
  }

  /** When the timer is due, null when it is not set. */
  dueAtMs(name: Name): number | null {
    const [row] = this.#storage.sql.exec<{ at_ms: number }>('SELECT at_ms FROM timers WHERE name = ?', name).toArray();
    return row?.at_ms ?? null;
  }

  /** Sets or moves a timer; null removes it. */
  async set(name: Name, atMs: number | null): Promise<void> {
    this.#store(name, atMs);
    await this.#arm();
  }

  /** Sets a timer that is not set, or is for later. */
  async setNoLaterThan(name: Name, atMs: number): Promise<void> {
    const dueAtMs = this.dueAtMs(name);
    if (dueAtMs === null || dueAtMs > atMs) await this.set(name, atMs);
  }

  /** Runs what is due. To be called from the object's `alarm()`; a handler that throws does not stop the others. */
  async run(nowMs: number): Promise<void> {
    const due = this.#storage.sql.exec<{ name: string }>('SELECT name FROM timers WHERE at_ms <= ?', nowMs).toArray();
    for (const { name } of due) {
      if (this.#isName(name)) this.#store(name, await this.#runOne(name, nowMs));
      else this.#storage.sql.exec('DELETE FROM timers WHERE name = ?', name); // of a version that knew more timers
    }
    await this.#arm();
  }

  async #runOne(name: Name, nowMs: number): Promise<number | null> {
    try {
      return await this.#handlers[name](nowMs);
    } catch (error) {
      logError('a timer has failed', error, { timer: name });
      return nowMs + RETRY_MS;
    }
  }

  #isName(name: string): name is Name {
    return Object.hasOwn(this.#handlers, name);
  }

  #store(name: Name, atMs: number | null): void {
    const { sql } = this.#storage;
    if (atMs === null) sql.exec('DELETE FROM timers WHERE name = ?', name);
    else sql.exec('INSERT INTO timers VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET at_ms = excluded.at_ms', name, Math.ceil(atMs));
  }

  async #arm(): Promise<void> {
    const [row] = this.#storage.sql.exec<{ at_ms: number | null }>('SELECT MIN(at_ms) AS at_ms FROM timers').toArray();
    if (row?.at_ms == null) await this.#storage.deleteAlarm();
    else await this.#storage.setAlarm(Math.min(row.at_ms, LATEST_ALARM_MS));
  }
}
