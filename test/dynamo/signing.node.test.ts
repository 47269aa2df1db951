import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nodeDigests } from '../../src/bao/node/node-digests.ts';
import { webDigests, type Digests } from '../../src/dynamo/digests.ts';
import { createSigner, type AwsCredentials, type Endpoint, type UnsignedRequest } from '../../src/dynamo/signing.ts';

const ENDPOINT: Endpoint = { url: 'https://dynamodb.eu-west-1.amazonaws.com/', region: 'eu-west-1' };
const REQUEST: UnsignedRequest = {
  target: 'DynamoDB_20120810.GetItem',
  body: '{"TableName":"täble"}',
  credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' },
  atMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
};
const DAY_MS = 86_400_000;

const request: fc.Arbitrary<UnsignedRequest> = fc.record({
  target: fc.constantFrom('DynamoDB_20120810.Query', 'DynamoDB_20120810.TransactWriteItems'),
  body: fc.string({ unit: 'grapheme', maxLength: 400 }),
  credentials: fc.record(
    {
      accessKeyId: fc.string({ minLength: 1 }).map((text) => Buffer.from(text).toString('hex')),
      secretAccessKey: fc.base64String({ minLength: 4, maxLength: 200 }),
      sessionToken: fc.base64String({ maxLength: 800 }),
    },
    { requiredKeys: ['accessKeyId', 'secretAccessKey'] },
  ),
  atMs: fc.integer({ min: Date.UTC(2020), max: Date.UTC(2060) }),
});

const endpoint: fc.Arbitrary<Endpoint> = fc.record({
  url: fc.constantFrom('https://dynamodb.eu-west-1.amazonaws.com/', 'http://127.0.0.1:8000', 'http://local.test:4566/a%20b/(c)/~d'),
  region: fc.constantFrom('eu-west-1', 'us-gov-west-1'),
});

describe.each([
  ['Web Crypto', webDigests],
  ['Node', nodeDigests],
])('createSigner with the digests of %s', (_engine, digests) => {
  test('signs as AWS describes it, step by step', async () => {
    const headers = await createSigner(ENDPOINT, digests)(REQUEST);
    expect(headers).toEqual({
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-date': '20260102T030405Z',
      'x-amz-target': REQUEST.target,
      authorization: expectedAuthorization(ENDPOINT, REQUEST),
    });
  });

  test('signs the token of temporary credentials', async () => {
    const temporary = { ...REQUEST, credentials: { ...REQUEST.credentials, sessionToken: 'session' } };
    const headers = await createSigner(ENDPOINT, digests)(temporary);
    expect(headers['x-amz-security-token']).toBe('session');
    expect(headers['authorization']).toBe(expectedAuthorization(ENDPOINT, temporary));
  });

  test('signs any request to any endpoint', async () => {
    const property = fc.asyncProperty(endpoint, fc.array(request, { minLength: 1, maxLength: 4 }), async (to, requests) => {
      const sign = createSigner(to, digests);
      for (const each of requests) expect((await sign(each))['authorization']).toBe(expectedAuthorization(to, each));
    });
    await fc.assert(property);
  });

  test('derives a key once for a day and a secret', async () => {
    const derived: string[] = [];
    const sign = createSigner(ENDPOINT, counting(digests, derived));
    for (const atMs of [REQUEST.atMs, REQUEST.atMs + 1000, REQUEST.atMs + DAY_MS, REQUEST.atMs]) {
      expect((await sign({ ...REQUEST, atMs }))['authorization']).toBe(expectedAuthorization(ENDPOINT, { ...REQUEST, atMs }));
    }
    expect(derived).toEqual(['20260102', '20260103']);
  });

  test('signs rightly while keys rotate, and forgets the old ones', async () => {
    const derived: string[] = [];
    const sign = createSigner(ENDPOINT, counting(digests, derived));
    const rotated = Array.from({ length: 40 }, (_, at): AwsCredentials => ({ accessKeyId: `key${at}`, secretAccessKey: `secret${at}` }));
    for (const credentials of [...rotated, ...rotated.slice(0, 1)]) {
      const each = { ...REQUEST, credentials };
      expect((await sign(each))['authorization']).toBe(expectedAuthorization(ENDPOINT, each));
    }
    expect(derived).toHaveLength(41);
  });

  test('signs requests that begin together before there is a key', async () => {
    const sign = createSigner(ENDPOINT, digests);
    const bodies = Array.from({ length: 8 }, (_, at) => ({ ...REQUEST, body: `{"TableName":"${at}"}` }));
    const signed = await Promise.all(bodies.map(sign));
    expect(signed.map((headers) => headers['authorization'])).toEqual(bodies.map((each) => expectedAuthorization(ENDPOINT, each)));
  });
});

/** Digests that note the day of every derivation: the text that the secret itself signs. */
function counting(digests: Digests, days: string[]): Digests {
  return {
    ...digests,
    async hmac(key) {
      const mac = await digests.hmac(key);
      const isSecret = new TextDecoder().decode(key).startsWith('AWS4');
      return (text) => {
        if (isSecret) days.push(text);
        return mac(text);
      };
    },
  };
}

/** The signature written down from AWS's documentation, "Create a signed AWS API request". */
function expectedAuthorization({ url, region }: Endpoint, { target, body, credentials, atMs }: UnsignedRequest): string {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const { host, pathname } = new URL(url);
  const timestamp = new Date(atMs).toISOString().replace(/[-:]|\.\d+/g, '');
  const date = timestamp.slice(0, 8);
  const signed: Record<string, string> = {
    host,
    'x-amz-date': timestamp,
    ...(sessionToken ? { 'x-amz-security-token': sessionToken } : {}),
    'x-amz-target': target,
  };
  const names = Object.keys(signed).join(';');
  const canonicalHeaders = Object.entries(signed)
    .map(([name, value]) => `${name}:${value}\n`)
    .join('');
  const canonicalRequest = ['POST', uriEncode(pathname), '', canonicalHeaders, names, sha256(body)].join('\n');
  const scope = `${date}/${region}/dynamodb/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', timestamp, scope, sha256(canonicalRequest)].join('\n');
  const key = [date, region, 'dynamodb', 'aws4_request'].reduce<Buffer | string>(hmac, `AWS4${secretAccessKey}`);
  return `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${hmac(key, text).toString('hex')}`;
}

/** The documentation's UriEncode(), with slashes kept. */
function uriEncode(path: string): string {
  return [...Buffer.from(path)]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[A-Za-z0-9\-._~/]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
