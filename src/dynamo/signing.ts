/** Signature Version 4 for DynamoDB's JSON API, behind one function type so that the signer can be exchanged. */
import { AwsV4Signer } from 'aws4fetch';

export interface AwsCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  /** of temporary credentials */
  sessionToken?: string;
}

export interface UnsignedRequest {
  url: string;
  headers: Record<string, string>;
  body: string;
  credentials: AwsCredentials;
  region: string;
  /** the instant of the signature, in Unix milliseconds; AWS takes it within five minutes of its own clock */
  atMs: number;
}

/** Returns the headers of the request with its signature. */
export type Signer = (request: UnsignedRequest) => Promise<Headers>;

/** Derived keys live for a day each; more than this many means that credentials rotate, and the old ones are of no use. */
const MAX_DERIVED_KEYS = 16;

/** A signer over aws4fetch that keeps the derived keys of its credentials. */
export function createSigner(): Signer {
  const derivedKeys = new Map<string, ArrayBuffer>();
  return async ({ url, headers, body, credentials, region, atMs }) => {
    if (derivedKeys.size >= MAX_DERIVED_KEYS) derivedKeys.clear();
    const signer = new AwsV4Signer({
      method: 'POST',
      url,
      headers,
      body,
      region,
      service: 'dynamodb',
      cache: derivedKeys,
      accessKeyId: credentials.accessKeyId,
      secretAccessKey: credentials.secretAccessKey,
      ...(credentials.sessionToken ? { sessionToken: credentials.sessionToken } : {}),
      datetime: new Date(atMs).toISOString().replace(/[:-]|\.\d{3}/g, ''),
    });
    return (await signer.sign()).headers;
  };
}
