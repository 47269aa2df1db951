/** `Idempotency-Key`: a write that is sent again is answered as the first time, remembered by the tenant's object. */
import { toHex } from '../lib/hex.ts';
import { isServiceError, ServiceError } from '../lib/errors.ts';
import { MAX_IDEMPOTENCY_RESPONSE_BYTES } from '../wire/idempotency.ts';
import type { IdempotencyKeys, WrittenRow } from '../wire/idempotency.ts';
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

/** A request that writes once. */
export interface IdempotentWork {
  /** does it */
  run(): Promise<Response>;
  /** its answer when it was done before and that was lost: made of what is now in the rows it wrote, in the order of its actions */
  answerFrom(rows: readonly WrittenRow[]): Promise<Response>;
}

/**
 * Runs `work` once per Idempotency-Key of the principal; without the header it just runs it.
 *
 * Keys of other principals are other keys: what one is answered may be more than another may see. A key is bound to method, path, query,
 * conditions and body. A request that wrote nothing gives it back. The write of one with a key carries a token, so that the same request finds
 * out what became of it when that was not known, and completes it.
 *
 * @param bodyText the body as it came, part of what the key is bound to
 * @throws ServiceError `idempotency_mismatch`, `idempotency_in_progress`, `idempotency_lost`; `outcome_unknown` while it is still not known
 * @see PROTOCOL.md, Idempotency
 */
export async function idempotently(context: RequestContext, bodyText: string, work: IdempotentWork): Promise<Response> {
  const key = context.request.headers.get('idempotency-key');
  if (key === null) return work.run();
  if (!KEY_PATTERN.test(key)) throw new ServiceError('invalid_input', 'Idempotency-Key: expected 1 to 255 visible ASCII characters.');
  const { services } = context;
  const keys = services.idempotencyKeys(tenantOf(context));
  const ownKey = await digest([...holderOf(context.principal), key]);
  const claim = await keys.claimIdempotencyKey(ownKey, await fingerprint(context, bodyText));
  switch (claim.state) {
    case 'claimed':
      return remember(ownKey, keys, () => services.withOperation({ idempotencyToken: claim.token }, () => work.run()));
    case 'applied':
      // The one that was applied may have ended before it could.
      services.sharedAnswers.purge(tenantOf(context), context.later);
      return remember(ownKey, keys, () => work.answerFrom(claim.rows).catch(notYetAnswered));
    case 'done':
      return replay(claim.response);
    case 'mismatch':
      throw new ServiceError('idempotency_mismatch', 'This Idempotency-Key came with another method, path or body before; use a new key.');
    case 'in_progress':
      throw new ServiceError('idempotency_in_progress', 'The first request with this Idempotency-Key has not ended yet.', {
        retryAfterMs: claim.retryAfterMs,
      });
    case 'in_doubt':
      throw new ServiceError('outcome_unknown', 'Whether the first request with this Idempotency-Key was applied is not known yet.', {
        retryAfterMs: claim.retryAfterMs,
      });
    case 'lost':
      throw new ServiceError(
        'idempotency_lost',
        'The first request with this Idempotency-Key ended without an answer; read the item before you send it again with a new key.',
      );
  }
}

/** The write is done: whatever keeps its answer back, the same request may ask for it again. */
function notYetAnswered(error: unknown): never {
  throw new ServiceError('outcome_unknown', 'The first request with this Idempotency-Key was applied; its answer cannot be read now.', {
    cause: error,
    retryAfterMs: 1_000,
  });
}

async function remember(key: string, keys: IdempotencyKeys, run: () => Promise<Response>): Promise<Response> {
  let response: Response;
  try {
    response = await run();
  } catch (error) {
    await (wroteNothing(error) ? keys.releaseIdempotencyKey(key) : keys.doubtIdempotencyKey(key)).catch(() => undefined); // a minute later it is asked about anyway
    throw error;
  }
  const headers: Record<string, string> = {};
  for (const name of REPLAYED_HEADERS) {
    const value = response.headers.get(name);
    if (value !== null) headers[name] = value;
  }
  const body = await response.clone().text();
  // The write is done: failing to remember it is no reason to tell the caller otherwise. The next request with the key finds out.
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
  const conditions = ['if-match', 'if-none-match'].map((name) => request.headers.get(name) ?? '');
  return digest([request.method, url.pathname, url.search, ...conditions, bodyText]);
}

/** SHA-256 in hex; none of the parts but the last has line breaks in it. */
async function digest(parts: readonly string[]): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(parts.join('\n')));
  return toHex(new Uint8Array(hash));
}
