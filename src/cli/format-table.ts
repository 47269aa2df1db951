import type { Row } from './accounts-database.ts';

/**
 * Rows as text: a heading and one line per row, columns aligned.
 * Columns named `…_at_ms` are shown as UTC times, JSON arrays of strings by commas, null as "-".
 */
export function formatTable(rows: readonly Row[], columns: readonly string[]): string {
  const heading = columns.map((column) => column.replace(/_ms$/, '').replaceAll('_', ' '));
  const lines = [heading, ...rows.map((row) => columns.map((column) => cell(column, row[column])))];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => line[index]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((text, index) => text.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function cell(column: string, value: Row[string] | undefined): string {
  if (value === null || value === undefined) return '-';
  if (column.endsWith('_at_ms')) return new Date(Number(value)).toISOString().slice(0, 16).replace('T', ' ');
  const text = String(value);
  return /^\["[^"]*"(,"[^"]*")*\]$/.test(text) ? text.slice(2, -2).replaceAll('","', ',') : text;
}
