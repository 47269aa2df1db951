/** Users of the Worker under test: as browsers with a cookie, or as programs with tokens. */
import { applyD1Migrations } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { vi } from 'vitest';
import { sentMail } from '../../src/edge/mail-outbox.ts';
import type { Mail } from '../../src/wire/mail.ts';
import type { RestAnswer } from './rest-client.ts';

export const ORIGIN = 'https://steamer.test';
export const PASSWORD = 'correct horse battery staple';

export interface Browser {
  /** the value of the session's cookie, null without one */
  cookie: string | null;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<RestAnswer>;
}

/** Whether somebody may have been sent mail since all of it had come. */
let mayHaveSent = false;

/** A browser with a page of the service, which keeps its cookie as browsers do. */
export function newBrowser(): Browser {
  mayHaveSent = true;
  const browser: Browser = {
    cookie: null,
    async call(method, path, body, headers = {}) {
      const response = await exports.default.fetch(
        new Request(`${ORIGIN}${path}`, {
          method,
          headers: {
            'sec-fetch-site': 'same-origin',
            ...(method === 'GET' ? {} : { origin: ORIGIN }),
            ...(browser.cookie === null ? {} : { cookie: `__Host-sid=${browser.cookie}` }),
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
            ...headers,
          },
          ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
        }),
      );
      const set = /^__Host-sid=([^;]*);.*?(Max-Age=0)?$/.exec(response.headers.get('set-cookie') ?? '');
      if (set) browser.cookie = set[2] === undefined ? (set[1] ?? null) : null;
      const text = await response.text();
      return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
    },
  };
  return browser;
}

let prepared: Promise<void> | null = null;

/** An address that nobody else has. */
export async function newAddress(): Promise<string> {
  prepared ??= applyD1Migrations(env.DB, env.MIGRATIONS);
  await prepared;
  return `user-${crypto.randomUUID()}@example.com`;
}

/** The mail to an address, when it has come: the newest, or of some subject. */
export async function mailTo(address: string, subject = ''): Promise<Mail> {
  return vi.waitFor(
    () => {
      const mail = sentMail().find((one) => one.to === address && one.subject.includes(subject));
      if (mail === undefined) throw new Error(`no mail to ${address} about "${subject}"`);
      return mail;
    },
    { timeout: 10_000, interval: 10 },
  );
}

/** The code in a mail. */
export function codeIn({ text }: Mail): string {
  return /\bc_[0-9A-Za-z]{22}_[0-9A-Za-z]{43}\b/.exec(text)?.[0] ?? '';
}

/**
 * Waits until all mail has come that this file has caused: what the queue delivers after a file's end keeps the run from ending.
 * Messages come in order, so with the last one all have come.
 */
export async function allMailHasCome(): Promise<void> {
  if (!mayHaveSent) return;
  const email = await newAddress();
  await newBrowser().call('POST', '/v1/auth/register', { email, password: PASSWORD, fullName: 'The Last' });
  await mailTo(email);
  mayHaveSent = false;
}

/** Somebody with a verified account, who has signed in, and whose mail has come. */
export async function newUser(): Promise<{ browser: Browser; email: string; id: string }> {
  const [browser, email] = [newBrowser(), await newAddress()];
  await browser.call('POST', '/v1/auth/register', { email, password: PASSWORD, fullName: 'Ada Lovelace' });
  await browser.call('POST', '/v1/auth/verify-email', { code: codeIn(await mailTo(email)) });
  const { body } = await browser.call('POST', '/v1/auth/login', { email, password: PASSWORD });
  await mailTo(email, 'New sign-in');
  return { browser, email, id: body.user.id };
}
