/** Calls of a Worker that is bound to the service, as requests of the principal that its binding names: they go the one way that all requests go. */
import { isCutPath } from '../lib/cut-path.ts';
import { isServiceError, ServiceError, STATUS_BY_CODE, type ErrorCode } from '../lib/errors.ts';
import { SCOPES, whyNotARole, whyNotASubject, type Principal } from '../wire/principal.ts';
import type { Problem } from '../wire/problem.ts';
import type { ServiceProps } from '../wire/service-rpc.ts';
import { TENANT_PATTERN } from '../wire/tenant.ts';

/** Answers a request as one of this principal. */
export type AnswerAs = (request: Request, principal: Principal) => Promise<Response>;

/** Nobody asks for it by name: the guard is told the principal. */
const ORIGIN = 'https://steamer.internal';

export class TenantCaller {
  readonly #answer: AnswerAs;
  readonly #principal: Principal;
  readonly tenant: string;

  /** @throws ServiceError `misconfigured` for props that name nobody */
  constructor(props: unknown, answer: AnswerAs) {
    this.#answer = answer;
    const { tenant, subject, scopes, role } = checked(props);
    this.tenant = tenant;
    const service = { tenant, subject: { kind: 'service', id: subject }, scopes, via: 'internal', authenticatedAtMs: Date.now() } as const;
    this.#principal = { ...service, ...(role === undefined ? {} : { role }) };
  }

  /** @param path behind `/v1/{tenant}`, encoded @throws ServiceError of the code that the answer has, `invalid_input` for a part of a key that no path can have */
  async send(method: string, path: string, body?: unknown): Promise<Response> {
    if (isCutPath(`/${path}`)) throw new ServiceError('invalid_input', `No path has this key: ${path}`);
    const headers = { authorization: 'Bearer internal', ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
    const url = `${ORIGIN}/v1/${this.tenant}/${path}`;
    const response = await this.#answer(
      new Request(url, { method, headers, body: body === undefined ? null : JSON.stringify(body) }),
      this.#principal,
    );
    if (response.ok) return response;
    throw errorOf(await response.json<Problem>(), response); // written by `respond.ts`
  }

  /** The JSON of an answer; null where there is no such thing. */
  async find<Value>(path: string): Promise<Value | null> {
    try {
      return await (await this.send('GET', path)).json<Value>();
    } catch (error) {
      if (isServiceError(error) && error.code === 'not_found') return null;
      throw error;
    }
  }
}

function checked(props: unknown): ServiceProps {
  const { tenant, subject, scopes, role } = (props ?? {}) as Partial<Record<keyof ServiceProps, unknown>>; // whatever it is, checked below
  const isScopes = Array.isArray(scopes) && scopes.every((scope) => scope !== 'operator' && (SCOPES as readonly unknown[]).includes(scope));
  const isRole = role === undefined || (typeof role === 'string' && whyNotARole(role) === null);
  const isSubject = typeof subject === 'string' && whyNotASubject(subject) === null;
  if (typeof tenant === 'string' && TENANT_PATTERN.test(tenant) && isScopes && isRole && isSubject)
    return { tenant, subject, scopes, ...(role === undefined ? {} : { role }) };
  const expected = 'props = { tenant = "acme", subject = "shop", scopes = ["models:read"] }, and a role where models ask for one';
  throw new ServiceError('misconfigured', `The service binding says nobody: expected ${expected} in the caller's wrangler.toml.`);
}

function errorOf({ code, detail, errors = [] }: Problem, { headers }: Response): ServiceError {
  const retryAfterSec = Number(headers.get('retry-after') ?? 0);
  const known: ErrorCode = Object.hasOwn(STATUS_BY_CODE, code) ? code : 'internal';
  return new ServiceError(known, detail, {
    issues: errors.map((issue) => ({ path: issue.pointer, reason: issue.detail })),
    ...(retryAfterSec > 0 ? { retryAfterMs: retryAfterSec * 1000 } : {}),
  });
}
