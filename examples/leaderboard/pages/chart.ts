/** A benchmark's results as bars, the best first. */
import { html, type Html } from './html.ts';

export interface Bar {
  label: string;
  value: number;
}

/** Bars as long as their values, in the given order; the first is the best. Negative values have none. The names stand above their bars where the window is narrow. */
export function barChart(title: string, bars: readonly Bar[], unit: string): Html {
  const longest = Math.max(...bars.map(({ value }) => value), 0) || 1;
  const rows = bars.map(({ label, value }, at) => {
    const percent = (100 * Math.max(0, value)) / longest;
    return html`<div class="name">${label}</div>
      <div class="track"><div class="bar ${at === 0 ? 'best' : ''}" style="width:${percent.toFixed(2)}%"></div></div>
      <div class="value">${formatted(value)} ${unit}</div> `;
  });
  return html`<div class="chart" role="img" aria-label="${title}">${rows}</div>`;
}

/** A number as people read it: three digits that count, or all of a whole number, thousands apart. */
export function formatted(value: number): string {
  return value.toLocaleString('en', Math.abs(value) < 1_000 ? { maximumSignificantDigits: 3 } : { maximumFractionDigits: 0 });
}
