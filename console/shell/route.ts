/** Where the page is: in the fragment of its address, so that one file serves every place, and a place can be sent to somebody. */
import { signal } from '@preact/signals';

export interface Place {
  /** null: at no tenant, as on the pages of the account */
  tenant: string | null;
  page: string;
  /** what of the page, decoded */
  rest: readonly string[];
  query: URLSearchParams;
}

/** Stands for the tenant in places of the account. */
const NO_TENANT = '~';

export const place = signal(read());

addEventListener('hashchange', () => {
  place.value = read();
});

/** The address of a place. */
export function linkTo(
  tenant: string | null,
  page: string,
  rest: readonly string[] = [],
  query: Readonly<Record<string, string>> = {},
): string {
  const parameters = new URLSearchParams(query).toString();
  const path = [tenant ?? NO_TENANT, page, ...rest].map(encodeURIComponent).join('/');
  return `#/${path}${parameters === '' ? '' : `?${parameters}`}`;
}

export function go(link: string): void {
  location.hash = link;
}

/** Changes the query of the place, as one step of the history or none. */
export function changeQuery(changes: Readonly<Record<string, string | null>>, { isStep = true } = {}): void {
  const { tenant, page, rest, query } = place.value;
  const next = new URLSearchParams(query);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) next.delete(name);
    else next.set(name, value);
  }
  const link = linkTo(tenant, page, rest, Object.fromEntries(next));
  if (isStep) return go(link);
  history.replaceState(null, '', link);
  place.value = read();
}

function read(): Place {
  const [path = '', query = ''] = location.hash.replace(/^#\/?/, '').split('?', 2);
  const [tenant = '', page = '', ...rest] = path.split('/').map(decoded);
  return { tenant: tenant === '' || tenant === NO_TENANT ? null : tenant, page, rest, query: new URLSearchParams(query) };
}

/** What somebody typed may be no encoding at all. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
