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
:root{color-scheme:light dark;background:light-dark(#fff,#14171a);--ink:light-dark(#1b1f24,#e6e8eb);--faint:light-dark(#5b6470,#9aa4b0);--line:light-dark(#d8dde3,#333a42);--bar:light-dark(#2f6fde,#6ea0ff);--best:light-dark(#14804a,#4fc98a);--bad:light-dark(#b3261e,#ff8a80)}
body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);max-width:66rem;margin:0 auto;padding:1.5rem 1rem 4rem}
a{color:var(--bar)}h1{font-size:1.6rem;margin:.5rem 0}h2{font-size:1.1rem;margin:2rem 0 .5rem}nav,footer,.faint{color:var(--faint)}
footer{margin-top:3rem;border-top:1px solid var(--line);padding-top:1rem;font-size:.9rem}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.4rem .6rem;border-bottom:1px solid var(--line)}
td.number,th.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1.2rem}dt{color:var(--faint)}dd{margin:0}
.progress{list-style:none;padding:0;margin:1.5rem 0}.progress li{position:relative;padding:0 0 .8rem 1.6rem;border-left:2px solid var(--line);margin-left:.4rem}
.progress li::before{content:"";position:absolute;left:-.45rem;top:.45rem;width:.75rem;height:.75rem;border-radius:50%;background:var(--bar)}.progress li:last-child{border-color:transparent}
.progress .published::before{background:var(--best)}.progress .rejected::before{background:var(--bad)}.published strong,td .published{color:var(--best)}.rejected strong,td .rejected{color:var(--bad)}
details{margin:1.5rem 0}summary{cursor:pointer;color:var(--bar)}pre{overflow-x:auto;padding:.8rem;border:1px solid var(--line);border-radius:.4rem;font-size:.85rem}
.chart{display:grid;grid-template-columns:minmax(8rem,max-content) 1fr max-content;gap:.35rem .8rem;align-items:center;margin:1.2rem 0;font-size:.9rem}
.chart .name{text-align:right;overflow-wrap:anywhere}.chart .value{font-variant-numeric:tabular-nums}.bar{height:1.1rem;min-width:2px;border-radius:.2rem;background:var(--bar)}.bar.best{background:var(--best)}
@media(max-width:36rem){.chart{grid-template-columns:1fr max-content;gap:0 .6rem}.chart .name{grid-column:1/-1;text-align:left;margin-top:.5rem}th,td{padding:.4rem .3rem;font-size:.85rem}td.number{white-space:normal}}
@media(min-width:36rem){th:first-child{width:46%}}`;

/** How long the edge may keep a page; a write of any of the tenant's models purges it before. */
const CACHE_CONTROL = 'public, max-age=0, s-maxage=300, stale-while-revalidate=60';
const POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; style-src 'unsafe-inline'";

export interface PageOptions {
  status?: number;
  cacheControl?: string;
}

/** A page with its title and body. One that is not there is kept nowhere. */
export function page(title: string, body: Html, { status = 200, cacheControl }: PageOptions = {}): Response {
  const kept = cacheControl ?? (status === 200 ? CACHE_CONTROL : 'no-store');
  return new Response(documentOf(title, body), { status, headers: { ...HEADERS, 'cache-control': kept } });
}

/**
 * A page that is sent as its parts come; browsers show it so.
 *
 * @param around the body, around the place of the parts
 */
export function streamedPage(title: string, around: (parts: Html) => Html, parts: AsyncIterable<Html>): Response {
  const [begin = '', end = ''] = documentOf(title, around({ html: PLACE })).split(PLACE);
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  // Either the reader has gone, and nobody is told, or the page breaks off where the parts have failed.
  void send(writer, begin, parts, end).catch((error: unknown) => writer.abort(error).catch(() => undefined));
  // What compresses an answer waits until there is enough of it.
  return new Response(readable, { headers: { ...HEADERS, 'cache-control': 'no-store', 'content-encoding': 'identity' } });
}

const HEADERS = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': POLICY };
/** Escaped wherever a value has it. */
const PLACE = '<!-- parts -->';

async function send(
  writer: WritableStreamDefaultWriter<Uint8Array>,
  begin: string,
  parts: AsyncIterable<Html>,
  end: string,
): Promise<void> {
  const encoder = new TextEncoder();
  await writer.write(encoder.encode(begin));
  for await (const part of parts) await writer.write(encoder.encode(part.html));
  await writer.write(encoder.encode(end));
  await writer.close();
}

function documentOf(title: string, body: Html): string {
  return html`<!doctype html>
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
    </html> `.html;
}
