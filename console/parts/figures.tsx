/** Numbers as people read them, and places for them. */
import type { ComponentChildren, JSX } from 'preact';

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const fine = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
const roughly = new Intl.NumberFormat('en', { maximumSignificantDigits: 1 });
/** From here on in minutes. */
const LONG_MS = 120_000;
const SHORT_FROM = 1_000_000;
const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** @example "12,345", "1.2M", "0.25" */
export function count(value: number): string {
  if (Math.abs(value) >= SHORT_FROM) return short.format(value);
  return Number.isInteger(value) ? whole.format(value) : fine.format(value);
}

/** @example "87.5 %" */
export function percent(ratio: number | null): string {
  return ratio === null ? '–' : `${fine.format(ratio * 100)} %`;
}

/** @example "4.2 MB" */
export function bytes(value: number): string {
  const power = Math.min(BYTE_UNITS.length - 1, value < 1 ? 0 : Math.floor(Math.log10(value) / 3));
  return `${fine.format(value / 1000 ** power)} ${BYTE_UNITS[power] ?? ''}`;
}

/** @example "3 ms", "1.2 s", "16 min 40 s", "3 h 2 min" */
export function duration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return '–';
  if (ms < 1000) return `${fine.format(ms)} ms`;
  if (ms < LONG_MS) return `${fine.format(ms / 1000)} s`;
  const [hours, minutes, seconds] = [Math.floor(ms / 3_600_000), Math.floor((ms / 60_000) % 60), Math.round((ms / 1000) % 60)];
  return hours > 0 ? `${whole.format(hours)} h ${minutes} min` : `${minutes} min ${seconds} s`;
}

/** @example "$12.30", "0.0002 ¢" */
export function dollars(value: number): string {
  return value === 0 || value >= 0.01 ? `$${value.toFixed(2)}` : `${roughly.format(value * 100)} ¢`;
}

export function Tiles({ children }: { children: ComponentChildren }): JSX.Element {
  return <dl class="tiles">{children}</dl>;
}

export function Tile({ name, value, note }: { name: string; value: ComponentChildren; note?: ComponentChildren }): JSX.Element {
  return (
    <div class="tile">
      <dt>{name}</dt>
      <dd>{value}</dd>
      {note && <dd class="fine">{note}</dd>}
    </div>
  );
}

/** A part of a whole; `isQuota`: where to reach the whole is bad, and nearly to reach it a warning. */
export function Meter({ label, used, of, isQuota = false }: { label: string; used: number; of: number; isQuota?: boolean }): JSX.Element {
  const share = of === 0 ? 0 : Math.min(1, used / of);
  const warning = share >= 1 ? 'full' : share > 0.8 ? 'high' : '';
  return (
    <meter class={isQuota ? warning : ''} aria-label={label} min={0} max={of} value={Math.min(used, of)}>
      {percent(share)}
    </meter>
  );
}

/** Names and what they are, in columns. */
export function Facts({ facts }: { facts: readonly (readonly [name: string, value: ComponentChildren])[] }): JSX.Element {
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
