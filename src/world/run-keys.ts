/** The keys that payloads are encrypted with: one for each run, all of them of one secret, which only the Worker has. */
import type { AppScope } from '../runs/run-address.ts';

const encoder = new TextEncoder();

/**
 * Derives the key of a run (HKDF with SHA-256).
 *
 * @param secret 32 bytes or more
 * @returns 32 bytes, for AES-256
 */
export async function runKey(secret: Uint8Array<ArrayBuffer>, { tenant, app }: AppScope, runId: string): Promise<Uint8Array> {
  const key = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveBits']);
  const info = encoder.encode(`workflow payloads of ${tenant}/${app}/${runId}`);
  return new Uint8Array(await crypto.subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info }, key, 256));
}
