/** The one place that makes responses, and errors into responses: from an allow-list, so that nothing internal gets out. */
import { logError } from '../lib/log.ts';
import { isServiceError, STATUS_BY_CODE } from '../lib/errors.ts';
import type { ErrorCode, FieldIssue } from '../lib/errors.ts';
import { PROBLEM_TITLES, PROBLEM_TYPES } from '../wire/problem.ts';
import type { Problem } from '../wire/problem.ts';

const encoder = new TextEncoder();

/** A JSON response; `value` is serialised as it is. It says its length, which counts for its tenant. */
export function json(value: unknown, status = 200, headers: Record<string, string> = {}): Response {
  const body = encoder.encode(JSON.stringify(value));
  const length = String(body.byteLength);
  return new Response(body, {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', 'content-length': length, ...headers },
  });
}

/** A response without a body. */
export function empty(status: number, headers: Record<string, string> = {}): Response {
  return new Response(null, { status, headers });
}

/** What of an error is public. Anything that is not one of ours becomes `internal`; the caller logs it. */
export interface PublicError {
  code: ErrorCode;
  detail: string;
  retryAfterMs: number | undefined;
  issues: readonly FieldIssue[];
  violatedPolicies: readonly string[];
}

/** What is shown in place of messages that are for operators; the log has them under the request id. */
const KEPT_FROM_CLIENTS: Partial<Record<ErrorCode, string>> = {
  internal: 'An unexpected error; the log has it under this request id.',
  misconfigured: 'The service is not configured completely; the log says what is missing.',
};

/** Reads an error by its code alone; an error without one of our codes is `internal` and tells nothing. */
export function toPublicError(error: unknown): PublicError {
  if (!isServiceError(error))
    return { code: 'internal', detail: KEPT_FROM_CLIENTS.internal ?? '', retryAfterMs: undefined, issues: [], violatedPolicies: [] };
  return {
    code: error.code,
    detail: KEPT_FROM_CLIENTS[error.code] ?? error.message,
    retryAfterMs: error.retryAfterMs,
    issues: error.issues ?? [],
    violatedPolicies: error.violatedPolicies ?? [],
  };
}

/** Writes one line of what is our fault: an unexpected error, or a service that is not configured. */
export function logFault(error: unknown, request: { requestId: string; traceId?: string; method: string; route: string | null }): void {
  const { code } = toPublicError(error);
  if (code === 'internal' || code === 'misconfigured') logError('a request has failed', error, request);
}

/** The problem+json response of an error. 503 always carries Retry-After (seconds, rounded up). */
export function problem(error: PublicError, requestId: string, headers: Record<string, string> = {}): Response {
  const status = STATUS_BY_CODE[error.code];
  const body: Problem = { code: error.code, title: PROBLEM_TITLES[error.code], status, detail: error.detail, requestId };
  const type = PROBLEM_TYPES[error.code];
  // A quota is meant by its type, which there may be none of: what a handler refuses is counted by itself.
  const isOfQuota = error.code !== 'rate_limited' || error.violatedPolicies.length > 0;
  if (type !== undefined && isOfQuota) body.type = type;
  if (error.violatedPolicies.length > 0) body['violated-policies'] = [...error.violatedPolicies];
  if (error.issues.length > 0) body.errors = error.issues.map((issue) => ({ pointer: issue.path, detail: issue.reason }));
  const retryAfter = retryAfterHeader(status, error.retryAfterMs);
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/problem+json; charset=utf-8', 'cache-control': 'no-store', ...retryAfter, ...headers },
  });
}

function retryAfterHeader(status: number, retryAfterMs: number | undefined): Record<string, string> {
  if (retryAfterMs === undefined && status !== 503) return {};
  return { 'retry-after': String(Math.max(1, Math.ceil((retryAfterMs ?? 1000) / 1000))) };
}
