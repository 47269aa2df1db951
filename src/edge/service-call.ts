/** The calling side of a service binding: requests that say for whom they are made, and calls that end in time. */
import { ServiceError } from '../lib/errors.ts';

/** For whom a request is forwarded, as the forwarding Worker has found out. */
export interface ForwardedPrincipal {
  tenant: string | null;
  subject: string;
  scopes: readonly string[];
}

/** Nothing that came from outside is passed on under these names. */
const PRINCIPAL_HEADER = 'steamer-principal';
const DEADLINE_HEADER = 'steamer-deadline-ms';
const RETRY_AFTER_MS = 1_000;

/**
 * Forwards a request to another Worker, with the principal and what is left of its time in headers.
 *
 * @param deadlineMs after which nobody waits for the answer; the other Worker is told
 * @throws ServiceError `deadline_exceeded`, `unavailable`
 */
export async function forward(
  binding: Pick<Fetcher, 'fetch'>,
  request: Request,
  { principal, deadlineMs }: { principal: ForwardedPrincipal; deadlineMs: number },
): Promise<Response> {
  const headers = new Headers(request.headers);
  headers.set(PRINCIPAL_HEADER, encodeURIComponent(JSON.stringify(principal)));
  headers.set(DEADLINE_HEADER, String(deadlineMs));
  // The principal stands for it.
  for (const name of ['authorization', 'cookie']) headers.delete(name);
  return within(deadlineMs, binding.fetch(new Request(request, { headers })));
}

/**
 * Who a request was forwarded for. Only where nobody but bound Workers can call: a Worker without routes and `workers_dev = false`.
 *
 * @returns null where it says nobody, or what `forward` does not write
 */
export function forwardedFor({ headers }: Request): { principal: ForwardedPrincipal; deadlineMs: number } | null {
  const principal = principalOf(headers.get(PRINCIPAL_HEADER) ?? '');
  return principal && { principal, deadlineMs: Number(headers.get(DEADLINE_HEADER)) };
}

function principalOf(header: string): ForwardedPrincipal | null {
  try {
    const { tenant, subject, scopes } = JSON.parse(decodeURIComponent(header)) as Partial<Record<keyof ForwardedPrincipal, unknown>>; // whatever it is, checked below
    const isOne = (tenant === null || typeof tenant === 'string') && typeof subject === 'string' && Array.isArray(scopes);
    return isOne && scopes.every((scope) => typeof scope === 'string') ? { tenant, subject, scopes } : null;
  } catch {
    return null;
  }
}

/** The result of a call, or an error when it takes too long; the call goes on, and nobody waits for it. @throws ServiceError `deadline_exceeded`, or what the call throws */
export async function within<Result>(deadlineMs: number, call: Promise<Result>): Promise<Result> {
  const { promise, reject } = Promise.withResolvers<never>();
  const refusal = () =>
    reject(new ServiceError('deadline_exceeded', `The call took more than ${deadlineMs} ms.`, { retryAfterMs: RETRY_AFTER_MS }));
  const timer = setTimeout(refusal, deadlineMs);
  return Promise.race([call, promise]).finally(() => clearTimeout(timer));
}
