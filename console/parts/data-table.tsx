import type { ComponentChildren, JSX } from 'preact';

export interface Column<Row> {
  title: string;
  cell: (row: Row) => ComponentChildren;
  /** numbers stand at the right, so that they can be compared */
  isNumber?: boolean;
  /** says how rows stand by it, and changes it */
  sort?: { direction: 'ascending' | 'descending' | 'none'; onToggle: () => void };
}

interface DataTableProps<Row> {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  isBusy?: boolean;
}

/** A table that scrolls by itself where it is wider than the page; the first column heads each row. */
export function DataTable<Row>({ label, columns, rows, keyOf, isBusy = false }: DataTableProps<Row>): JSX.Element {
  return (
    <div class="table" role="region" aria-label={label} tabIndex={0} aria-busy={isBusy}>
      <table>
        <thead>
          <tr>
            {columns.map((column) => (
              <Head key={column.title} column={column} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map(({ title, cell, isNumber = false }, index) => {
                const Cell = index === 0 ? 'th' : 'td';
                return (
                  <Cell key={title} {...(index === 0 ? { scope: 'row' as const } : {})} class={isNumber ? 'number' : ''}>
                    {cell(row)}
                  </Cell>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Head<Row>({ column: { title, isNumber = false, sort } }: { column: Column<Row> }): JSX.Element {
  if (sort === undefined)
    return (
      <th scope="col" class={isNumber ? 'number' : ''}>
        {title === '' ? <span class="visually-hidden">Actions</span> : title}
      </th>
    );
  return (
    <th scope="col" class={isNumber ? 'number' : ''} aria-sort={sort.direction}>
      <button type="button" class="sort" onClick={sort.onToggle}>
        {title}
        <span aria-hidden="true">{sort.direction === 'descending' ? '↓' : '↑'}</span>
      </button>
    </th>
  );
}

/** A text that is cut where it is long, and stands behind itself as a whole. */
export function Clipped({ text }: { text: string }): JSX.Element {
  return (
    <span class="clipped" title={text}>
      {text}
    </span>
  );
}
