/**
 * A tenant's traffic: 15 minutes of seconds, and 90 days. What has come is in memory until it is saved, some seconds later; an object that is lost
 * takes that with it.
 */
import { dayOf } from '../../../wire/daily-quotas.ts';
import { addTraffic, noTraffic, type Traffic, type TrafficSecond } from '../../../wire/traffic.ts';
import type { TrafficDay } from './rpc.ts';

export const TRAFFIC_SCHEMA = `
  CREATE TABLE traffic_seconds (from_sec INTEGER PRIMARY KEY, seconds TEXT NOT NULL);
  CREATE TABLE traffic_days (day TEXT PRIMARY KEY, traffic TEXT NOT NULL) WITHOUT ROWID;`;

/** Seconds in one row. */
const ROW_SEC = 10;
const KEPT_SEC = 15 * 60;
const KEPT_DAYS = 90;
const DAY_MS = 24 * 3600 * 1000;

export class TrafficLog {
  readonly #sql: SqlStorage;
  readonly #unsaved = new Map<number, TrafficSecond>();
  /** the day that was asked for last: every hand-over asks for it again */
  #asked: TrafficDay | null = null;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  get hasUnsaved(): boolean {
    return this.#unsaved.size > 0;
  }

  add(seconds: readonly TrafficSecond[]): void {
    for (const counted of seconds) {
      // An isolate of another release may count less.
      const second = { ...noTraffic(), ...counted };
      addSecond(this.#unsaved, second);
      if (this.#asked?.day === dayOf(second.atSec * 1000)) addTraffic(this.#asked.traffic, second);
    }
  }

  /** Saves what has come, and forgets what is too old. */
  save(nowMs: number): void {
    const byRow = Map.groupBy(this.#unsaved.values(), ({ atSec }) => atSec - (atSec % ROW_SEC));
    for (const [fromSec, seconds] of byRow) {
      const all = secondsOf(this.#row(fromSec));
      for (const second of seconds) addSecond(all, second);
      this.#sql.exec('INSERT OR REPLACE INTO traffic_seconds VALUES (?, ?)', fromSec, JSON.stringify([...all.values()]));
    }
    for (const { day, traffic } of this.#unsavedDays(nowMs))
      this.#sql.exec('INSERT OR REPLACE INTO traffic_days VALUES (?, ?)', day, JSON.stringify(traffic));
    this.#unsaved.clear();
    this.#sql.exec('DELETE FROM traffic_seconds WHERE from_sec <= ?', oldestSec(nowMs) - ROW_SEC);
    this.#sql.exec('DELETE FROM traffic_days WHERE day < ?', oldestDay(nowMs));
  }

  /** The last 15 minutes, in order. */
  seconds(nowMs: number): TrafficSecond[] {
    const rows = this.#sql.exec<{ seconds: string }>('SELECT seconds FROM traffic_seconds WHERE from_sec > ?', oldestSec(nowMs) - ROW_SEC);
    const all = secondsOf(...rows.toArray().map(({ seconds }) => seconds));
    for (const second of this.#unsaved.values()) addSecond(all, second);
    const kept = [...all.values()].filter(({ atSec }) => atSec > oldestSec(nowMs));
    return kept.toSorted((one, other) => one.atSec - other.atSec);
  }

  /** Of one day, as it is now; null: nothing. */
  day(day: string): Readonly<Traffic> | null {
    if (this.#asked?.day === day) return this.#asked.traffic;
    const traffic = this.#read(day);
    this.#asked = traffic && { day, traffic };
    return traffic;
  }

  #read(day: string): Traffic | null {
    const seconds = [...this.#unsaved.values()].filter(({ atSec }) => dayOf(atSec * 1000) === day);
    const saved = this.#savedDay(day);
    return saved === null && seconds.length === 0 ? null : sumOf(saved ?? noTraffic(), seconds);
  }

  /** The last 90 days, in order. */
  days(nowMs: number): TrafficDay[] {
    const rows = this.#sql.exec<{ day: string; traffic: string }>('SELECT * FROM traffic_days WHERE day >= ?', oldestDay(nowMs)).toArray();
    const days = new Map(rows.map(({ day, traffic }) => [day, trafficOf(traffic)]));
    for (const { day, traffic } of this.#unsavedDays(nowMs)) days.set(day, traffic);
    return Array.from(days, ([day, traffic]) => ({ day, traffic })).toSorted((one, other) => (one.day < other.day ? -1 : 1));
  }

  /** Of the days that unsaved seconds are of: all there is. */
  #unsavedDays(nowMs: number): TrafficDay[] {
    const byDay = Map.groupBy(this.#unsaved.values(), ({ atSec }) => dayOf(atSec * 1000));
    return Array.from(byDay, ([day, seconds]) => ({ day, traffic: sumOf(this.#savedDay(day) ?? noTraffic(), seconds) })).filter(
      ({ day }) => day >= oldestDay(nowMs),
    );
  }

  #savedDay(day: string): Traffic | null {
    const [row] = this.#sql.exec<{ traffic: string }>('SELECT traffic FROM traffic_days WHERE day = ?', day).toArray();
    return row === undefined ? null : trafficOf(row.traffic);
  }

  #row(fromSec: number): string {
    const [row] = this.#sql.exec<{ seconds: string }>('SELECT seconds FROM traffic_seconds WHERE from_sec = ?', fromSec).toArray();
    return row?.seconds ?? '[]';
  }
}

function addSecond(all: Map<number, TrafficSecond>, second: TrafficSecond): void {
  const known = all.get(second.atSec);
  if (known === undefined) all.set(second.atSec, structuredClone(second));
  else addTraffic(known, second);
}

function secondsOf(...rows: readonly string[]): Map<number, TrafficSecond> {
  const seconds = rows.flatMap((row) => JSON.parse(row) as TrafficSecond[]); // written by `save`
  return new Map(seconds.map((second) => [second.atSec, second]));
}

function oldestSec(nowMs: number): number {
  return Math.floor(nowMs / 1000) - KEPT_SEC;
}

function oldestDay(nowMs: number): string {
  return dayOf(nowMs - (KEPT_DAYS - 1) * DAY_MS);
}

/** A row, which another release may have written that counted less. */
function trafficOf(text: string): Traffic {
  return { ...noTraffic(), ...(JSON.parse(text) as Partial<Traffic>) };
}

function sumOf(traffic: Traffic, seconds: readonly TrafficSecond[]): Traffic {
  for (const second of seconds) addTraffic(traffic, second);
  return traffic;
}
