import { createHash, createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createSigner, type UnsignedRequest } from '../../src/dynamo/signing.ts';

const REQUEST: UnsignedRequest = {
  url: 'https://dynamodb.eu-west-1.amazonaws.com/',
  headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'DynamoDB_20120810.GetItem' },
  body: '{"TableName":"täble"}',
  credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' },
  region: 'eu-west-1',
  atMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
};

describe('createSigner', () => {
  test('signs as AWS describes it, step by step', async () => {
    const headers = await createSigner()(REQUEST);
    expect(headers.get('x-amz-date')).toBe('20260102T030405Z');
    expect(headers.get('x-amz-target')).toBe('DynamoDB_20120810.GetItem');
    expect(headers.get('authorization')).toBe(expectedAuthorization(REQUEST, ''));
  });

  test('signs the token of temporary credentials', async () => {
    const request = { ...REQUEST, credentials: { ...REQUEST.credentials, sessionToken: 'session' } };
    const headers = await createSigner()(request);
    expect(headers.get('x-amz-security-token')).toBe('session');
    expect(headers.get('authorization')).toBe(expectedAuthorization(request, 'session'));
  });

  test('signs rightly across days, regions and rotated keys', async () => {
    const sign = createSigner();
    for (let day = 0; day < 40; day++) {
      const request = {
        ...REQUEST,
        atMs: REQUEST.atMs + day * 86_400_000,
        credentials: { accessKeyId: `key${day}`, secretAccessKey: `secret${day % 3}` },
      };
      expect((await sign(request)).get('authorization')).toBe(expectedAuthorization(request, ''));
    }
  });
});

/** The signature written down from AWS's documentation, "Create a signed AWS API request". */
function expectedAuthorization({ url, headers, body, credentials, region, atMs }: UnsignedRequest, sessionToken: string): string {
  const timestamp = new Date(atMs).toISOString().replace(/[-:]|\.\d+/g, '');
  const date = timestamp.slice(0, 8);
  const signed: Record<string, string> = {
    host: new URL(url).host,
    'x-amz-date': timestamp,
    ...(sessionToken === '' ? {} : { 'x-amz-security-token': sessionToken }),
    'x-amz-target': headers['x-amz-target'] ?? '',
  };
  const names = Object.keys(signed).join(';');
  const canonicalHeaders = Object.entries(signed)
    .map(([name, value]) => `${name}:${value}\n`)
    .join('');
  const canonicalRequest = ['POST', '/', '', canonicalHeaders, names, sha256(body)].join('\n');
  const scope = `${date}/${region}/dynamodb/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', timestamp, scope, sha256(canonicalRequest)].join('\n');
  const key = [date, region, 'dynamodb', 'aws4_request'].reduce<Buffer | string>(hmac, `AWS4${credentials.secretAccessKey}`);
  return `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${hmac(key, text).toString('hex')}`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
