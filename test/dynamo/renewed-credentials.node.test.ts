import { beforeEach, describe, expect, inject, it } from 'vitest';
import { DynamoClient } from '../../src/dynamo/dynamo-client.ts';
import { type CredentialsShelf, renewedCredentials } from '../../src/dynamo/renewed-credentials.ts';
import { localClientOptions } from '../setup/tables.ts';

const HOUR_MS = 3_600_000;
let nowMs: number;
let reads: number;
let shelf: CredentialsShelf;
/** what a read brings; null: it fails */
let kept: { key: string; endAtMs: number | null } | null;
beforeEach(() => {
  [nowMs, reads, shelf, kept] = [0, 0, { kept: null }, { key: 'A', endAtMs: HOUR_MS }];
});

async function read(): Promise<string> {
  reads++;
  if (kept === null) throw new Error('nobody there');
  const end = kept.endAtMs === null ? {} : { Expiration: new Date(kept.endAtMs).toISOString(), Token: 't' };
  return JSON.stringify({ AccessKeyId: `id${kept.key}`, SecretAccessKey: kept.key, ...end });
}
const credentials = (joins = true) => renewedCredentials({ read, shelf, joins, nowMs: () => nowMs });

describe('credentials that are renewed', () => {
  it('are read once for all who ask, and by who comes later from what was read', async () => {
    const give = credentials();
    const asked = await Promise.all([1, 2, 3].map(() => give(null)));
    expect(asked.map(({ secretAccessKey }) => secretAccessKey)).toEqual(['A', 'A', 'A']);
    expect(asked[0]).toEqual({ accessKeyId: 'idA', secretAccessKey: 'A', sessionToken: 't' });
    expect(await credentials()(null)).toEqual(asked[0]);
    expect(reads).toBe(1);
  });

  it('are each read by who may not wait for another', async () => {
    const give = credentials(false);
    await Promise.all([give(null), give(null)]);
    expect(reads).toBe(2);
  });

  it('are read anew before they end, while those that are there go on', async () => {
    const give = credentials();
    await give(null);
    kept = { key: 'B', endAtMs: 2 * HOUR_MS };
    nowMs = HOUR_MS - 4 * 60_000;
    expect(await give(null)).toMatchObject({ secretAccessKey: 'A' });
    expect(await give(null)).toMatchObject({ secretAccessKey: 'B' });
    expect(reads).toBe(2);
  });

  it('outlive reads that fail until they end, and then nothing is asked with them', async () => {
    const give = credentials();
    await give(null);
    kept = null;
    nowMs = HOUR_MS - 60_000;
    for (let times = 0; times < 10; times++) expect(await give(null)).toMatchObject({ secretAccessKey: 'A' });
    expect(reads).toBe(2);
    nowMs += 10_000;
    await give(null);
    expect(reads).toBe(3);
    nowMs = HOUR_MS;
    await expect(give(null)).rejects.toThrow('nobody there');
    kept = { key: 'C', endAtMs: null };
    expect(await give(null)).toEqual({ accessKeyId: 'idC', secretAccessKey: 'C' });
  });

  it('that do not say when they end are read every five minutes', async () => {
    kept = { key: 'A', endAtMs: null };
    const give = credentials();
    await give(null);
    kept = { key: 'B', endAtMs: null };
    nowMs = 5 * 60_000;
    await give(null);
    expect(await give(null)).toMatchObject({ secretAccessKey: 'B' });
  });

  it.each(['[]', '{}', '{"AccessKeyId":"a"}', '{"AccessKeyId":"a","SecretAccessKey":"b","Expiration":"soon"}'])(
    'are not taken from %s',
    async (text) => {
      await expect(renewedCredentials({ read: async () => text, shelf, joins: true })(null)).rejects.toThrow('AWS credentials: expected');
    },
  );

  it('that AWS refuses are read anew for the same request, but not for each', async () => {
    const used: string[] = [];
    const client = new DynamoClient({
      ...localClientOptions(inject('dynamodbEndpoint')),
      credentials: credentials(),
      async fetch(url, init) {
        const [, key = ''] = /Credential=id(\w)/.exec(JSON.stringify(init.headers)) ?? [];
        used.push(key);
        if (key !== 'A') return fetch(url, init);
        return Response.json({ __type: 'com.amazon.coral.service#ExpiredTokenException', message: 'expired' }, { status: 400 });
      },
    });
    const ask = () => client.send('ListTables', {}, { repeatability: 'read' });
    expect(await ask()).toMatchObject({ ok: false, error: { code: 'access_denied' } });
    expect(await ask()).toMatchObject({ ok: false });
    expect(reads).toBe(1);
    nowMs = 10_000;
    kept = { key: 'B', endAtMs: HOUR_MS };
    expect(await ask()).toMatchObject({ ok: true });
    expect([used.join(''), reads]).toEqual(['AAAB', 2]);
  });
});
