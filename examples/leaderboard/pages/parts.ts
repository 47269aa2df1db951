/** What the leaderboard's pages are made of. */
import { html, page, type Html } from './html.ts';

/** As many rows of a kind has a page. */
export const ROWS_MAX = 200;

/** A page's body, between what stands on all of them. */
export function framed(tenant: string, body: Html): Html {
  return html`<nav><a href="/board/${encodeURIComponent(tenant)}">Leaderboard</a> of ${tenant}</nav>
    <main>${body}</main>
    <footer>
      Results come with an API key of ${tenant}, which its owners make in the <a href="/console">console</a>; the page of a benchmark says
      how. For a leaderboard of your own, sign up there.
    </footer>`;
}

/** A link to a page of the leaderboard. */
export function link(tenant: string, kind: 'benchmarks' | 'systems' | 'submissions', id: string, text: string): Html {
  return html`<a href="/board/${encodeURIComponent(tenant)}/${kind}/${encodeURIComponent(id)}">${text}</a>`;
}

/** A table that scrolls by itself where it is wider than the window. */
export function table(columns: readonly (string | { number: string })[], rows: readonly Html[]): Html {
  const heads = columns.map((column) =>
    typeof column === 'string' ? html`<th scope="col">${column}</th>` : html`<th scope="col" class="number">${column.number}</th>`,
  );
  return html`<div class="scroll" role="region" aria-label="Table" tabindex="0">
    <table>
      <thead>
        <tr>
          ${heads}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}

/** What stands in the place of an empty list. */
export function nothing(text: string): Html {
  return html`<p class="faint">${text}</p>`;
}

/** The page of what there is not. */
export function notFound(tenant: string, what: string): Response {
  return page(
    'Not found',
    framed(
      tenant,
      html`<h1>Not found</h1>
        <p>There is no such ${what}.</p>`,
    ),
    { status: 404 },
  );
}

/** The day of an instant. */
export function day(date: Date): string {
  return date.toISOString().slice(0, 10);
}

/** An instant to the minute. */
export function minute(date: Date): string {
  return `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
