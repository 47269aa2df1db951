/** Signature Version 4 for requests of DynamoDB's JSON API to one endpoint. */
import { toHex } from '../lib/hex.ts';
import { webDigests, type Digests, type Mac } from './digests.ts';

/** A key pair of AWS. */
export interface AwsCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  /** of temporary credentials */
  sessionToken?: string;
}

/** Where signed requests go. */
export interface Endpoint {
  /** without a query */
  url: string;
  region: string;
}

export interface UnsignedRequest {
  /** the operation with its API version, "DynamoDB_20120810.GetItem" */
  target: string;
  body: string;
  credentials: AwsCredentials;
  /** the instant of the signature, in Unix milliseconds; AWS takes it within five minutes of its own clock */
  atMs: number;
}

/** Returns the headers of the request, its signature among them. */
export type Signer = (request: UnsignedRequest) => Promise<Record<string, string>>;

/** Derived keys live for a day each; more than this many means that credentials rotate, and the old ones are of no use. */
const MAX_DERIVED_KEYS = 16;

/**
 * A signer that derives a key once for each day and secret.
 *
 * @param digests what computes; default: Web Crypto
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function createSigner({ url, region }: Endpoint, digests: Digests = webDigests): Signer {
  const { host, pathname } = new URL(url);
  const path = encodePath(pathname);
  // Keys that are there, not promises of them: a Worker may not wait for what another request of its isolate began.
  const derivedKeys = new Map<string, Mac>();

  async function deriveKey(name: string, day: string, secretAccessKey: string): Promise<Mac> {
    let key: Uint8Array = new TextEncoder().encode(`AWS4${secretAccessKey}`);
    for (const part of [day, region, 'dynamodb', 'aws4_request']) key = await (await digests.hmac(key))(part);
    const derived = await digests.hmac(key);
    if (derivedKeys.size >= MAX_DERIVED_KEYS) derivedKeys.clear();
    derivedKeys.set(name, derived);
    return derived;
  }

  return async ({ target, body, credentials: { accessKeyId, secretAccessKey, sessionToken }, atMs }) => {
    const timestamp = new Date(atMs).toISOString().replace(/[-:]|\.\d+/g, '');
    const day = timestamp.slice(0, 8);
    const scope = `${day}/${region}/dynamodb/aws4_request`;
    const token = sessionToken ? `x-amz-security-token:${sessionToken}\n` : '';
    const names = `host;x-amz-date;${token && 'x-amz-security-token;'}x-amz-target`;
    const headers = `host:${host}\nx-amz-date:${timestamp}\n${token}x-amz-target:${target}\n`;
    const canonical = await digests.sha256(`POST\n${path}\n\n${headers}\n${names}\n${await digests.sha256(body)}`);
    const keyName = `${day}/${secretAccessKey}`;
    const sign = derivedKeys.get(keyName) ?? (await deriveKey(keyName, day, secretAccessKey));
    const signature = toHex(await sign(`AWS4-HMAC-SHA256\n${timestamp}\n${scope}\n${canonical}`));
    return {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-date': timestamp,
      'x-amz-target': target,
      ...(sessionToken ? { 'x-amz-security-token': sessionToken } : {}),
      authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`,
    };
  };
}

/** A path with every character encoded once more than it is in the URL, as services other than S3 want it. */
function encodePath(pathname: string): string {
  return pathname.replace(/[^\w.~/-]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}
