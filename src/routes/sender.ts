/** Programs that sign what they send, as the Lambda on a table's stream does: their credential is good for the routes of one purpose. */
import { ServiceError } from '../lib/errors.ts';
import type { Principal } from '../wire/principal.ts';
import { isSignatureOf, parseSignature, senderSecret, SIGNATURE_HEADER, SIGNATURE_MAX_AGE_SEC } from '../wire/sender-signature.ts';
import type { SenderPurpose } from '../wire/sender-signature.ts';
import { readJsonText } from './read-body.ts';
import type { Route, Services } from './route.ts';

/** Whether a request to a route that takes signatures carries one. */
export function isSigned(request: Request, route: Route): boolean {
  return purposeOf(route) !== null && request.headers.has(SIGNATURE_HEADER);
}

/**
 * The program that has signed a request. The body is read for it, and can be read again.
 *
 * @throws ServiceError `unauthenticated` when the signature is not of this body and purpose, or too old; what `readJsonText` throws
 * @see PROTOCOL.md, The table's stream
 */
export async function signingSender(request: Request, route: Route, { environment }: Services): Promise<Principal> {
  const nowMs = Date.now();
  const purpose = purposeOf(route);
  const signature = parseSignature(request.headers.get(SIGNATURE_HEADER) ?? '');
  const key = environment.signingKeys.find(({ id }) => id === signature?.keyId);
  if (purpose === null || signature === null || key === undefined)
    throw new ServiceError('unauthenticated', `${SIGNATURE_HEADER}: expected t=<Unix seconds>,k=<id of a signing key>,v1=<hex>.`);
  if (Math.abs(nowMs / 1000 - signature.atSec) > SIGNATURE_MAX_AGE_SEC)
    throw new ServiceError('unauthenticated', `${SIGNATURE_HEADER}: expected a time within ${SIGNATURE_MAX_AGE_SEC} seconds of now.`);
  const body = await readJsonText(request.clone(), route.bodyLimitBytes);
  if (!(await isSignatureOf(signature, await senderSecret(key.secret, purpose), body)))
    throw new ServiceError('unauthenticated', `${SIGNATURE_HEADER}: the signature is not of this body, key and purpose.`);
  return { tenant: null, subject: { kind: 'service', id: purpose }, scopes: [], via: 'signature', keyId: key.id, authenticatedAtMs: nowMs };
}

function purposeOf({ access }: Route): SenderPurpose | null {
  return typeof access === 'object' && 'sender' in access ? access.sender : null;
}
