import { signal } from '@preact/signals';
import type { JSX } from 'preact';

const TICK_MS = 5_000;
const nowMs = signal(Date.now());
setInterval(() => (nowMs.value = Date.now()), TICK_MS);

const UNITS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_557_600_000],
  ['month', 2_629_800_000],
  ['week', 604_800_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
];
/** Less than this is now: seconds that count up draw the eye and tell nothing. */
const NOW_MS = 10_000;
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' });
const instant = new Intl.DateTimeFormat('en', { dateStyle: 'full', timeStyle: 'long' });

/** An instant as people say it; the instant itself stands behind it. */
export function Time({ at }: { at: string | null }): JSX.Element {
  if (at === null) return <span class="muted">never</span>;
  const atMs = Date.parse(at);
  return (
    <time dateTime={at} title={instant.format(atMs)}>
      {relativeTo(atMs, nowMs.value)}
    </time>
  );
}

/** @example "3 min. ago", "in 2 days" */
export function relativeTo(atMs: number, fromMs: number): string {
  const differenceMs = atMs - fromMs;
  const size = Math.abs(differenceMs);
  if (size < NOW_MS) return 'now';
  const [unit, unitMs] = UNITS.find(([, ms]) => size >= ms) ?? ['second', 1_000];
  return relative.format(Math.trunc(differenceMs / unitMs), unit);
}
