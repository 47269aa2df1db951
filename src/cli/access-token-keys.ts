/** The rotation of the keys of access tokens. A secret cannot be read back, and need not be: of the old key its public half, which the service publishes, is enough. */
import { createPublicKey, generateKeyPairSync, type webcrypto } from 'node:crypto';
import { CommandError } from './accounts-database.ts';

const PUBLISHED = '/.well-known/jwks.json';

/**
 * What `ACCESS_TOKEN_KEYS` is to be next: "new:base64 of PKCS #8", and with a service "old:base64 of SPKI" of the key that signs there now.
 *
 * @param url of the service, "https://app.example.com"; null: it has no keys yet
 * @throws CommandError when the service does not answer with its keys, or has none
 */
export async function rotatedKeys(url: string | null, nowMs: number): Promise<string> {
  const { privateKey } = generateKeyPairSync('ed25519');
  const made = `${nowMs.toString(36)}:${privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64')}`;
  return url === null ? made : `${made},${await signingKeyOf(url)}`;
}

async function signingKeyOf(url: string): Promise<string> {
  const { keys } = await publishedKeys(url);
  const [key] = keys ?? [];
  if (key?.kid === undefined) throw new CommandError(`${url}${PUBLISHED} has no key; make a first one without --url`);
  try {
    const spki = createPublicKey({ key: { ...key }, format: 'jwk' }).export({ format: 'der', type: 'spki' });
    return `${key.kid}:${spki.toString('base64')}`;
  } catch {
    throw new CommandError(`${url}${PUBLISHED}: the first key is no public key of Ed25519`);
  }
}

async function publishedKeys(url: string): Promise<{ keys?: readonly (webcrypto.JsonWebKey & { kid?: string })[] }> {
  try {
    const response = await fetch(new URL(PUBLISHED, url));
    if (response.ok) return (await response.json()) as Awaited<ReturnType<typeof publishedKeys>>; // looked at by who asks
    throw new CommandError(`${url}${PUBLISHED} answered ${response.status}`);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(`${url}${PUBLISHED} cannot be read: ${String(error)}`);
  }
}
