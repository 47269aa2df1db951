/** What would have been sent by mail, in development. */
import { sentMail } from '../edge/mail-outbox.ts';
import { ServiceError } from '../lib/errors.ts';
import { json } from './respond.ts';
import type { RequestContext, Route } from './route.ts';

export const outboxRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/outbox',
    summary: 'In development: the mail that would have been sent, the newest first',
    access: 'public',
    limit: 'public',
    mutates: false,
    cacheable: false,
    bodyLimitBytes: 0,
    schemas: { responses: { 200: { contentMediaType: 'text/html', type: 'string' } } },
    handle: answer,
  },
];

function answer({ request, services: { environment } }: RequestContext): Response {
  if (environment.environment !== 'development' || environment.mail.provider !== 'outbox')
    throw new ServiceError('not_found', 'There is no outbox here.');
  if (request.headers.get('accept') === 'application/json') {
    const mails = sentMail().map(({ to, subject, text }) => ({ to, subject, text }));
    return json({ mails }, 200, { 'cache-control': 'no-store' });
  }
  const mails = sentMail().map(
    ({ to, subject, text }) => `<article><h2>${escaped(subject)}</h2><p>to ${escaped(to)}</p><pre>${escaped(text)}</pre></article>`,
  );
  const style =
    'body{font:16px system-ui;max-width:50rem;margin:2rem auto;padding:0 1rem}article{border-top:1px solid #ccc}pre{white-space:pre-wrap}';
  const page = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Outbox</title><style>${style}</style><h1>Outbox</h1>${mails.join('') || '<p>Nothing was sent yet.</p>'}</html>`;
  const policy = "default-src 'none'; base-uri 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
  return new Response(page, {
    headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store', 'content-security-policy': policy },
  });
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
