/** What tenants may use in a day (UTC), by their plans. */
import type { Traffic } from './traffic.ts';

const QUOTAS = ['requests', 'readUnits', 'writeUnits', 'bytes', 'sockets', 'runs'] as const;
/** `bytes` are of bodies in both directions, `sockets` those that are opened, `runs` those of workflows that begin. */
export type QuotaName = (typeof QUOTAS)[number];

/** What is left out is not limited. */
export type DailyQuotas = Partial<Record<QuotaName, number>>;

/** By plan; `*` is of plans that have none of their own. */
export type PlanQuotas = Readonly<Record<string, DailyQuotas>>;

/** What a tenant has used. */
export type Used = Record<QuotaName, number>;

export interface UsedOfDay extends Used {
  /** "2026-11-29" */
  day: string;
}

const DAY_MS = 86_400_000;

export function usedOf(traffic: Traffic): Used {
  const { requests, readUnits, writeUnits, bytesIn, bytesOut, socketsOpened, runs } = traffic;
  return { requests, readUnits, writeUnits, bytes: bytesIn + bytesOut, sockets: socketsOpened, runs };
}

/** Adds what was used to what was used before, in place. */
export function addUsed(sum: Used, more: Used): void {
  for (const name of QUOTAS) sum[name] += more[name];
}

export function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** When quotas are renewed next. */
export function renewedAtMs(nowMs: number): number {
  return (Math.floor(nowMs / DAY_MS) + 1) * DAY_MS;
}

/** @throws TypeError for a quota that is none, or no number from 0 on */
export function checkQuotas(plans: PlanQuotas): void {
  for (const [plan, quotas] of Object.entries(plans))
    for (const [name, most] of Object.entries(quotas)) {
      if (!(QUOTAS as readonly string[]).includes(name))
        throw new TypeError(`quotas of "${plan}": expected ${QUOTAS.join(', ')}, got "${name}"`);
      if (!(most >= 0)) throw new TypeError(`quotas of "${plan}": expected "${name}" to be a number from 0 on, got ${most}`);
    }
}
