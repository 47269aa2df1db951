/** A file on its way out of R2: whole or in part, by the conditions of the request, and in a way that a browser cannot be hurt by. */
import { askR2 } from '../../lib/ask-r2.ts';
import { contentDisposition } from './content-disposition.ts';
import { isPassive } from './content-types.ts';
import { decide, isConditional } from './preconditions.ts';

/** What is asked of R2. */
export type SendingBucket = Pick<R2Bucket, 'head' | 'get'>;

/** `failed` is 412. `unsatisfiable` is 416 of a file of `size` bytes. `isInParts`: the file came in parts, and may not be checked yet. */
export type SentFile =
  | { kind: 'absent' }
  | { kind: 'failed' }
  | { kind: 'unsatisfiable'; size: number }
  | { kind: 'sent'; status: 200 | 206 | 304; headers: Record<string, string>; body: ReadableStream | null; isInParts: boolean };

/**
 * The answer to a GET or HEAD of a file that `receiveFile` has stored.
 *
 * @throws ServiceError `invalid_input` for a condition that cannot be read, `unavailable`
 */
export async function sendFile(method: string, headers: Headers, bucket: SendingBucket, key: string): Promise<SentFile> {
  if (method === 'GET' && !isConditional(headers)) return whole(await askR2(async () => bucket.get(key)));
  const object = await askR2(async () => bucket.head(key));
  if (object === null) return { kind: 'absent' };
  const { etag, uploaded, size } = object;
  const decision = decide(method, headers, { etag, modifiedAtMs: uploaded.getTime(), size });
  switch (decision.kind) {
    case 'failed':
      return decision;
    case 'unsatisfiable':
      return { ...decision, size };
    case 'unmodified':
      return { kind: 'sent', status: 304, headers: validatorsOf(object), body: null, isInParts: isInParts(object) };
    case 'whole':
      return method === 'HEAD' ? sent(object, size, null) : whole(await askR2(async () => bucket.get(key)));
    case 'part': {
      const { offset, length } = decision;
      const part = await askR2(async () => bucket.get(key, { range: { offset, length } }));
      if (part === null) return { kind: 'absent' };
      const contentRange = `bytes ${offset}-${offset + length - 1}/${size}`;
      return { ...sent(object, length, part.body, { 'content-range': contentRange }), status: 206 };
    }
  }
}

function whole(object: R2ObjectBody | null): SentFile {
  return object === null ? { kind: 'absent' } : sent(object, object.size, object.body);
}

function sent(
  object: R2Object,
  length: number,
  body: ReadableStream | null,
  more: Record<string, string> = {},
): SentFile & { kind: 'sent' } {
  const type = object.httpMetadata?.contentType ?? 'application/octet-stream';
  const name = decodeURIComponent(object.customMetadata?.['name'] ?? 'file');
  return {
    kind: 'sent',
    status: 200,
    isInParts: isInParts(object),
    headers: {
      ...validatorsOf(object),
      ...SAFELY,
      'accept-ranges': 'bytes',
      'content-type': type,
      'content-length': String(length),
      'content-disposition': contentDisposition(isPassive(type) ? 'inline' : 'attachment', name),
      ...more,
    },
    body,
  };
}

/** Whatever a file is, a browser takes it for what it is said to be, runs nothing in it, and shows it to pages of this site alone. */
const SAFELY = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "sandbox; default-src 'none'",
  'cross-origin-resource-policy': 'same-site',
};

function isInParts({ customMetadata }: R2Object): boolean {
  return customMetadata?.['parts'] === '1';
}

function validatorsOf({ httpEtag, uploaded }: R2Object): Record<string, string> {
  return { etag: httpEtag, 'last-modified': uploaded.toUTCString() };
}
