/** The key that programs sign with which send to the service without being its client. */
import { fromBase64, toBase64 } from '../lib/base64.ts';
import { senderSecret } from '../wire/sender-signature.ts';
import { CommandError } from './accounts-database.ts';

/**
 * The key for senders of the table's stream, as "id:base64".
 *
 * @param signingKeys the secret SIGNING_KEYS of the service; the first of them is used
 * @throws CommandError when it is not of that form
 */
export async function senderKey(signingKeys: string | undefined): Promise<string> {
  const [id = '', base64 = ''] = (signingKeys ?? '').split(',')[0]?.trim().split(':') ?? [];
  if (id === '' || base64 === '')
    throw new CommandError('Set SIGNING_KEYS to the secret of the service (k1:<base64>): SIGNING_KEYS=… steamer sender-key create');
  return `${id}:${toBase64(await senderSecret(fromBase64(base64), 'invalidate'))}`;
}
