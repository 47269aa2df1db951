/** A benchmark's results as bars, the best first. */
import { html, type Html } from './html.ts';

export interface Bar {
  label: string;
  value: number;
}

const WIDTH = 900;
const ROW = 30;
const BAR_FROM = 250;
const BAR_MAX = 500;

/** Bars as long as their values; the first is the best. Negative values have none. */
export function barChart(title: string, bars: readonly Bar[], unit: string): Html {
  const longest = Math.max(...bars.map(({ value }) => value), 0) || 1;
  const rows = bars.map(({ label, value }, at) => {
    const length = Math.max(1, (Math.max(0, value) / longest) * BAR_MAX);
    const [top, middle] = [at * ROW + 5, at * ROW + 20];
    return html`<text x="${BAR_FROM - 10}" y="${middle}" text-anchor="end">${clipped(label)}</text
      ><rect x="${BAR_FROM}" y="${top}" width="${length}" height="20" ${at === 0 ? { html: ' class="best"' } : null} /><text
        x="${BAR_FROM + length + 8}"
        y="${middle}"
        >${formatted(value)} ${unit}</text
      >`;
  });
  return html`<svg viewBox="0 0 ${WIDTH} ${bars.length * ROW}" role="img" aria-label="${title}">${rows}</svg>`;
}

/** A number as people read it: three digits that count, thousands apart. */
export function formatted(value: number): string {
  return value.toLocaleString('en', {
    maximumSignificantDigits: Math.abs(value) < 1_000 ? 3 : 12,
    maximumFractionDigits: 0,
    roundingPriority: 'morePrecision',
  });
}

function clipped(label: string): string {
  return label.length > 32 ? `${label.slice(0, 31)}…` : label;
}
