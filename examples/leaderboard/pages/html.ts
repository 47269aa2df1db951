/** HTML of the leaderboard's pages: complete without a script, in light and dark, from no other host. */

/** Text that is HTML already. */
export interface Html {
  readonly html: string;
}

type Part = Html | string | number | null | readonly (Html | string)[];

/** Joins HTML with values: what is no HTML is escaped, null is nothing, lists are joined. */
export function html(parts: TemplateStringsArray, ...values: Part[]): Html {
  return { html: parts.map((part, at) => part + (at < values.length ? textOf(values[at] ?? null) : '')).join('') };
}

function textOf(value: Part): string {
  if (value === null) return '';
  if (typeof value === 'string' || typeof value === 'number') return escaped(String(value));
  return 'html' in value ? value.html : value.map(textOf).join('');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

const STYLE = `
:root{color-scheme:light dark;--ink:light-dark(#1b1f24,#e6e8eb);--faint:light-dark(#5b6470,#9aa4b0);--line:light-dark(#d8dde3,#333a42);--bar:light-dark(#2f6fde,#6ea0ff);--best:light-dark(#14804a,#4fc98a)}
body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);max-width:60rem;margin:0 auto;padding:1.5rem 1rem 4rem}
a{color:var(--bar)}h1{font-size:1.6rem;margin:.5rem 0}h2{font-size:1.1rem;margin:2rem 0 .5rem}nav,footer,.faint{color:var(--faint)}
footer{margin-top:3rem;border-top:1px solid var(--line);padding-top:1rem;font-size:.9rem}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.4rem .6rem;border-bottom:1px solid var(--line)}
td.number,th.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
svg{width:100%;height:auto}svg text{fill:var(--ink);font-size:13px}svg rect{fill:var(--bar)}svg rect.best{fill:var(--best)}`;

/** How long the edge may keep a page; a write of any of the tenant's models purges it before. */
const CACHE_CONTROL = 'public, max-age=0, s-maxage=300, stale-while-revalidate=60';
const POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; style-src 'unsafe-inline'";

/** A page with its title and body. */
export function page(title: string, body: Html, status = 200): Response {
  const { html: text } = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${title}</title>
        <style>
          ${{ html: STYLE }}
        </style>
      </head>
      <body>
        ${body}
      </body>
    </html> `;
  const headers = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': POLICY };
  return new Response(text, { status, headers: { ...headers, 'cache-control': status === 200 ? CACHE_CONTROL : 'no-store' } });
}
