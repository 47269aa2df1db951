/**
 * A Lambda function on the stream of a DynamoDB table: it tells Steamer of every change, so that rows that other programs write are seen at once
 * and not when their cache time is up. Copy it; it needs Node 20 or newer and no package.
 */

/** Lambda's event, or what Lambda sends to the on-failure destination when records were given up. */
export interface StreamEvent {
  Records?: readonly { dynamodb?: { SequenceNumber?: string }; body?: string }[];
}

export interface HandlerOptions {
  /** "https://steamer.example.com" */
  url: string;
  /** what `steamer sender-key` prints: "k1:<base64>" */
  senderKey: string;
  fetch?: typeof fetch;
}

/** What Steamer takes in one request. */
const MAX_RECORDS = 1_000;

/** Makes the function. It fails when Steamer was not reached, so that Lambda sends the batch again; sent twice, records do no harm. */
export function createHandler({ url, senderKey, fetch: send = fetch }: HandlerOptions): (event: StreamEvent) => Promise<void> {
  const post = async (path: string, body: object): Promise<{ next?: string | null }> => {
    const text = JSON.stringify(body);
    const headers = { 'content-type': 'application/json', 'steamer-signature': await sign(senderKey, text) };
    const response = await send(new URL(path, url), { method: 'POST', headers, body: text });
    if (!response.ok) throw new Error(`Steamer answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as { next?: string | null }; // as PROTOCOL.md has it
  };
  return async ({ Records = [] }) => {
    // A message of the queue behind the on-failure destination: which rows were lost nobody knows, so all of them are read anew.
    if (Records.some(({ dynamodb }) => dynamodb === undefined)) {
      let after: string | null | undefined = '';
      while (typeof after === 'string') ({ next: after } = await post('/v1/operator/stream-gap', { after }));
      return;
    }
    for (let at = 0; at < Records.length; at += MAX_RECORDS) {
      await post('/v1/operator/invalidate', { Records: Records.slice(at, at + MAX_RECORDS) });
    }
  };
}

/** `Steamer-Signature`: HMAC-SHA256 over the time and the body. */
async function sign(senderKey: string, body: string): Promise<string> {
  const [id, base64 = ''] = senderKey.split(':');
  const secret = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const key = await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const at = Math.floor(Date.now() / 1000);
  const mac = new Uint8Array(await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(`${at}.${body}`)));
  return `t=${at},k=${id},v1=${Array.from(mac, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
