/** The stable codes of everything that can go wrong, and the HTTP status of each (PROTOCOL.md, Errors). */
export const STATUS_BY_CODE = {
  invalid_input: 400,
  invalid_json: 400,
  unknown_field: 400,
  unknown_index: 400,
  invalid_cursor: 400,
  invalid_filter: 400,
  invalid_code: 400,
  invalid_passkey: 400,
  weak_password: 400,
  unauthenticated: 401,
  invalid_credentials: 401,
  second_factor_required: 401,
  invalid_second_factor: 401,
  forbidden: 403,
  quota_exceeded: 403,
  tenant_read_only: 403,
  email_unverified: 403,
  reauthentication_required: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  refresh_superseded: 409,
  stream_closed: 409,
  stale_producer: 403,
  sequence_gap: 409,
  gone: 410,
  precondition_failed: 412,
  body_too_large: 413,
  item_too_large: 413,
  transaction_too_large: 413,
  unsupported_media_type: 415,
  range_not_satisfiable: 416,
  content_mismatch: 422,
  upgrade_required: 426,
  idempotency_mismatch: 422,
  rate_limited: 429,
  idempotency_in_progress: 409,
  idempotency_lost: 409,
  internal: 500,
  misconfigured: 500,
  outcome_unknown: 503,
  limits_unavailable: 503,
  throttled: 503,
  unavailable: 503,
  deadline_exceeded: 503,
} as const;

/** A stable error code; clients and callers decide by it, never by a message. */
export type ErrorCode = keyof typeof STATUS_BY_CODE;

/** One thing that is wrong with one field of an input. `path` is a JSON Pointer ("/name"), `reason` says what was expected and what came. */
export interface FieldIssue {
  path: string;
  reason: string;
  /** set where the input names a field that there is not */
  kind?: 'unknown_field';
}

export interface ServiceErrorOptions {
  cause?: unknown;
  /** when a retry may succeed, in milliseconds from now */
  retryAfterMs?: number;
  issues?: readonly FieldIssue[];
  /** of `rate_limited`: the limits that have no more left */
  violatedPolicies?: readonly string[];
}

/**
 * An expected failure, recognised by `code`. The message is public: it never holds keys, object ids, SQL or secrets;
 * what only operators may see belongs in `cause`.
 */
export class ServiceError extends Error {
  readonly code: ErrorCode;
  readonly retryAfterMs: number | undefined;
  readonly issues: readonly FieldIssue[];
  readonly violatedPolicies: readonly string[];

  constructor(code: ErrorCode, message: string, options: ServiceErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ServiceError';
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
    this.issues = options.issues ?? [];
    this.violatedPolicies = options.violatedPolicies ?? [];
  }
}

/** True for an error that carries one of our codes, also after a Durable Object call, where the class is lost and `code` survives. */
export function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && Object.hasOwn(STATUS_BY_CODE, error.code);
}
