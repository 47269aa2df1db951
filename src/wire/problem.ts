/** The body of every error: RFC 9457 problem details, with our stable code. */
import type { ErrorCode } from '../lib/errors.ts';

export interface Problem {
  /** where the code is one that others have too: the type of the IANA registry (draft-ietf-httpapi-ratelimit-headers, section 6) */
  type?: string;
  code: ErrorCode;
  title: string;
  status: number;
  /** what was expected and what came */
  detail: string;
  requestId: string;
  /** one per field that is wrong; `pointer` is a JSON Pointer into the body, or "?name" for a query parameter */
  errors?: { pointer: string; detail: string }[];
  /** of `rate_limited`, where limits are why: those that have no more left, by the names that RateLimit-Policy has for a request's; of `quota_exceeded`, quotas of the day */
  'violated-policies'?: string[];
}

export const PROBLEM_TYPES: Partial<Record<ErrorCode, string>> = {
  rate_limited: 'https://iana.org/assignments/http-problem-types#quota-exceeded',
  limits_unavailable: 'https://iana.org/assignments/http-problem-types#temporary-reduced-capacity',
};

/** The short sentence that belongs to each code; `detail` tells the particular case. */
export const PROBLEM_TITLES: Record<ErrorCode, string> = {
  invalid_input: 'The input is not what this route takes',
  invalid_json: 'The body is not JSON',
  unknown_field: 'A field is not part of the model',
  unknown_index: 'The model has no such index',
  invalid_cursor: 'The cursor is not one of this query',
  invalid_filter: 'The filter cannot be understood',
  unauthenticated: 'A valid credential is needed',
  invalid_credentials: 'The address or the password is wrong',
  second_factor_required: 'A code of the second factor is needed, too',
  invalid_second_factor: 'The code of the second factor is wrong',
  invalid_code: 'The code is not valid any more, or never was',
  invalid_passkey: 'The passkey does not answer what this service has asked',
  weak_password: 'The password is too easily guessed',
  email_unverified: 'The address of the account has to be verified first',
  reauthentication_required: 'The password has to be given again first',
  refresh_superseded: 'Another request has refreshed the session a moment ago',
  forbidden: 'The credential does not allow this',
  quota_exceeded: 'The tenant has used up its quota',
  tenant_read_only: 'The tenant is read-only at the moment',
  not_found: 'There is nothing here',
  method_not_allowed: 'The path does not take this method',
  conflict: 'It exists already, or changed meanwhile',
  gone: 'It was here, and is no more',
  stream_closed: 'The stream is closed',
  stale_producer: 'Another producer has taken over',
  sequence_gap: 'An append before this one is missing',
  precondition_failed: 'The item is not in the state the request names',
  body_too_large: 'The body is too large',
  item_too_large: 'The item is larger than DynamoDB takes',
  transaction_too_large: 'The items are more than DynamoDB takes in one transaction',
  upgrade_required: 'This needs a WebSocket with a protocol that the service speaks',
  unsupported_media_type: 'The body is of a type that this route does not take',
  range_not_satisfiable: 'The range is behind the end',
  content_mismatch: 'The content is not what was declared',
  idempotency_mismatch: 'The Idempotency-Key was used for another request',
  idempotency_in_progress: 'A request with this Idempotency-Key is still running',
  idempotency_lost: 'The first request with this Idempotency-Key ended without an answer',
  rate_limited: 'Too many requests',
  limits_unavailable: 'Limits cannot be checked',
  outcome_unknown: 'Whether the write was applied is not known',
  internal: 'Something failed on our side',
  misconfigured: 'The service is not configured completely',
  throttled: 'DynamoDB is throttling',
  unavailable: 'What this needs cannot be reached',
  deadline_exceeded: 'DynamoDB did not answer in time',
};
