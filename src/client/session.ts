/** Who is signed in: by tokens that renew themselves, or by the cookie of a page of the service's own. */
import { SteamerError } from './connection.ts';
import type { ClientOptions } from './connection.ts';
import { JsonRequests } from './json-requests.ts';
import type { JsonRequest } from './json-requests.ts';
import { waitToRetry } from './retry.ts';

/** Keeps the refresh token: in `localStorage` for all tabs of a page, in a file for a program. */
export interface TokenStorage {
  read(): string | null | Promise<string | null>;
  /** null: nobody is signed in any more */
  write(token: string | null): void | Promise<void>;
}

/** Where the service is, and where the session is kept. */
export interface SessionOptions extends Pick<ClientOptions, 'fetch'> {
  /** the service: https://api.example.com */
  url: string;
  /** default: memory. `'cookie'`: the browser keeps the session, for pages of the service's own origin; nothing is to be sent then */
  storage?: TokenStorage | 'cookie';
}

/** What somebody signs in with; `code` is the authenticator's, `passkey` a credential's `toJSON()`. */
export type Credentials = { email: string; password: string; code?: string; passkey?: unknown } | { passkey: unknown };

/** Who has signed in. `createdAt` is ISO 8601. */
export interface User {
  id: string;
  email: string;
  emailVerified: boolean;
  fullName: string;
  createdAt: string;
}

interface Tokens {
  accessToken: string;
  expiresInSec: number;
  refreshToken: string;
}

/** An access token is renewed this long before its end: it has to arrive, too. */
const MARGIN_MS = 30_000;
/** An answer that is lost can be had again for a minute: in this time all tries have begun. */
const RENEWAL_TIMEOUT_MS = 15_000;
/** How often the token of a faster tab is looked for. */
const MOST_LOOKS = 5;

/** A user who signs in: with tokens that are renewed before they end, or by the browser's cookie. */
export class Session {
  readonly #requests: JsonRequests;
  /** null: the browser has a cookie */
  readonly #storage: TokenStorage | null;
  #access: { token: string; untilMs: number } | null = null;
  #renewing: Promise<string | null> | null = null;

  /** @throws TypeError for a URL that is none */
  constructor({ url, storage = inMemory(), ...options }: SessionOptions) {
    this.#requests = new JsonRequests({ ...options, url: `${new URL(url).origin}/v1/auth` });
    this.#storage = storage === 'cookie' ? null : storage;
  }

  /** @throws SteamerError `invalid_credentials`, `second_factor_required`, `invalid_second_factor`, `rate_limited` and others */
  async signIn(credentials: Credentials): Promise<User> {
    const path = 'email' in credentials ? '/login' : '/passkey-login';
    const body = { ...credentials, ...(this.#storage === null ? {} : { tokens: true }) };
    const { user, ...tokens } = (await this.#requests.send('POST', path, { body })) as { user: User } & Tokens; // PROTOCOL.md, Accounts
    if (this.#storage !== null) await this.#keep(tokens);
    return user;
  }

  /** The `headers` of `createClient`, and of every other client: the access token, which is renewed when it is about to end. */
  readonly headers = async (): Promise<Record<string, string>> => {
    const token = await this.#accessToken();
    return token === null ? {} : { authorization: `Bearer ${token}` };
  };

  /** Who is signed in; null: nobody. */
  async user(): Promise<User | null> {
    try {
      return (await this.request('GET', '/me')) as User;
    } catch (error) {
      if (error instanceof SteamerError && error.code === 'unauthenticated') return null;
      throw error;
    }
  }

  /** Any other route of accounts, as who is signed in: `request('GET', '/tenants')`. */
  async request(method: string, path: string, request: JsonRequest = {}): Promise<unknown> {
    return this.#requests.send(method, path, { ...request, headers: { ...(await this.headers()), ...request.headers } });
  }

  /** Ends the session, here and in the service. */
  async signOut(): Promise<void> {
    await this.#renewing?.catch(() => null); // what it gets is ended, too
    const refreshToken = await this.#storage?.read();
    this.#access = null;
    await this.#storage?.write(null);
    if (this.#storage === null) await this.#requests.send('POST', '/logout');
    else if (refreshToken) await this.#requests.send('POST', '/logout', { body: { refreshToken }, isSafe: true });
  }

  async #accessToken(): Promise<string | null> {
    if (this.#access !== null && Date.now() < this.#access.untilMs - MARGIN_MS) return this.#access.token;
    this.#renewing ??= this.#renew().finally(() => (this.#renewing = null));
    return this.#renewing;
  }

  /** A refresh token is good once: who finds that another tab was faster takes the token that that has got. */
  async #renew(): Promise<string | null> {
    let used: string | null = null;
    for (let looks = 0; ; looks++) {
      const refreshToken = (await this.#storage?.read()) ?? null;
      if (refreshToken === null) return null;
      try {
        if (refreshToken !== used) {
          used = refreshToken;
          const request = { body: { refreshToken }, isSafe: true, timeoutMs: RENEWAL_TIMEOUT_MS };
          return await this.#keep((await this.#requests.send('POST', '/refresh', request)) as Tokens); // PROTOCOL.md, Accounts
        }
        if (looks >= MOST_LOOKS) throw new SteamerError('unauthenticated', 401, 'The session was renewed elsewhere; sign in again.');
      } catch (error) {
        const code = error instanceof SteamerError ? error.code : null;
        // Another tab may have signed in meanwhile.
        if (code === 'unauthenticated' && (await this.#storage?.read()) === refreshToken) await this.#storage?.write(null);
        if (code !== 'refresh_superseded') throw error;
      }
      await waitToRetry(0, null);
    }
  }

  async #keep({ accessToken, expiresInSec, refreshToken }: Tokens): Promise<string> {
    this.#access = { token: accessToken, untilMs: Date.now() + expiresInSec * 1000 };
    await this.#storage?.write(refreshToken);
    return accessToken;
  }
}

function inMemory(): TokenStorage {
  let kept: string | null = null;
  return { read: () => kept, write: (token) => void (kept = token) };
}
