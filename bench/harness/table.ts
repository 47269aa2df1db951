/** Figures as Markdown, so that a document can take a table over as it is. */
import type { Spread } from './summary.ts';

/** The first line is the header; the first column is to the left, the others to the right. */
export function formatTable(lines: readonly (readonly string[])[]): string {
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const pad = (cell: string, column: number) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0));
  const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  const [header = [], ...body] = lines.map((line) => line.map(pad));
  return [header, rule, ...body].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** The median, and how far the rounds were apart: half the range, in percent of the median. */
export function formatSpread({ median, min, max }: Spread, digits: number): string {
  const value = formatNumber(median, digits);
  return min < max ? `${value} ±${formatNumber(((max - min) / 2 / median) * 100, 0)}%` : value;
}

/** "-" for NaN; whole numbers without decimals. */
export function formatNumber(value: number, digits: number): string {
  if (Number.isNaN(value)) return '-';
  return value.toLocaleString('en-US', { minimumFractionDigits: Number.isInteger(value) ? 0 : digits, maximumFractionDigits: digits });
}
