/** `Idempotency-Key`: a POST or PATCH that is sent again is answered as the first time, remembered by the tenant's object. */
import { isServiceError, ServiceError } from '../lib/errors.ts';
import { MAX_IDEMPOTENCY_RESPONSE_BYTES } from '../wire/idempotency.ts';
import type { IdempotencyKeys } from '../wire/idempotency.ts';
import type { Principal } from '../wire/principal.ts';
import { tenantOf } from './route.ts';
import type { RequestContext } from './route.ts';

const KEY_PATTERN = /^[\x21-\x7e]{1,255}$/;
const REPLAYED_HEADERS = ['content-type', 'etag', 'location'] as const;

interface RememberedResponse {
  status: number;
  headers: Record<string, string>;
  /** null: it was too large to remember */
  body: string | null;
}

/**
 * Runs `handle` once per Idempotency-Key of the principal; without the header it just runs it.
 *
 * Keys of other principals are other keys: what one is answered may be more than another may see. A key is bound to method, path, query and
 * body. A request that wrote nothing gives it back; one whose outcome is not known keeps it, so that
 * it is never run twice.
 *
 * @param bodyText the body as it came, part of what the key is bound to
 * @throws ServiceError `idempotency_mismatch`, `idempotency_in_progress`, `idempotency_lost`
 * @see PROTOCOL.md, Idempotency
 */
export async function idempotently(context: RequestContext, bodyText: string, handle: () => Promise<Response>): Promise<Response> {
  const key = context.request.headers.get('idempotency-key');
  if (key === null) return handle();
  if (!KEY_PATTERN.test(key)) throw new ServiceError('invalid_input', 'Idempotency-Key: expected 1 to 255 visible ASCII characters.');
  const keys = context.services.idempotencyKeys(tenantOf(context));
  const ownKey = await digest([...holderOf(context.principal), key]);
  const claim = await keys.claimIdempotencyKey(ownKey, await fingerprint(context, bodyText));
  switch (claim.state) {
    case 'claimed':
      return remember(ownKey, keys, handle);
    case 'done':
      return replay(claim.response);
    case 'mismatch':
      throw new ServiceError('idempotency_mismatch', 'This Idempotency-Key came with another method, path or body before; use a new key.');
    case 'in_progress':
      throw new ServiceError('idempotency_in_progress', 'The first request with this Idempotency-Key has not ended yet.', {
        retryAfterMs: claim.retryAfterMs,
      });
    case 'lost':
      throw new ServiceError(
        'idempotency_lost',
        'The first request with this Idempotency-Key ended without an answer; read the item before you send it again with a new key.',
      );
  }
}

async function remember(key: string, keys: IdempotencyKeys, handle: () => Promise<Response>): Promise<Response> {
  let response: Response;
  try {
    response = await handle();
  } catch (error) {
    if (wroteNothing(error)) await keys.releaseIdempotencyKey(key);
    throw error;
  }
  const headers: Record<string, string> = {};
  for (const name of REPLAYED_HEADERS) {
    const value = response.headers.get(name);
    if (value !== null) headers[name] = value;
  }
  const body = await response.clone().text();
  // The write is done: failing to remember it is no reason to tell the caller otherwise. The key then reads as lost, and nothing runs twice.
  await keys.completeIdempotencyKey(key, toRemember({ status: response.status, headers, body })).catch(() => undefined);
  return response;
}

function toRemember(response: RememberedResponse): string {
  const whole = JSON.stringify(response);
  if (new TextEncoder().encode(whole).byteLength <= MAX_IDEMPOTENCY_RESPONSE_BYTES) return whole;
  return JSON.stringify({ ...response, body: null } satisfies RememberedResponse);
}

/** Every one of our errors but one says that nothing was written; of any other error that is not known. */
function wroteNothing(error: unknown): boolean {
  return isServiceError(error) && error.code !== 'outcome_unknown';
}

function replay(remembered: string): Response {
  // written by remember(), read back as it was
  const { status, headers, body } = JSON.parse(remembered) as RememberedResponse;
  return new Response(body, { status, headers: { ...headers, 'idempotency-replayed': 'true' } });
}

/** Whose a key is: rules look at nothing else of a principal. */
function holderOf(principal: Principal | null): string[] {
  return principal === null ? [] : [principal.subject.kind, principal.subject.id, principal.role ?? ''];
}

/** What a key is bound to. */
function fingerprint({ request, url }: RequestContext, bodyText: string): Promise<string> {
  return digest([request.method, url.pathname, url.search, request.headers.get('if-match') ?? '', bodyText]);
}

/** SHA-256 in hex; none of the parts but the last has line breaks in it. */
async function digest(parts: readonly string[]): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(parts.join('\n')));
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
