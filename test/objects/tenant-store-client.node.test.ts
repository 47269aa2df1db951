import { describe, expect, test } from 'vitest';
import type { OperationMeta } from '../../src/dynamo/item-store.ts';
import { TenantStoreClient } from '../../src/objects/tenant-store/tenant-store-client.ts';
import type { StoreReply, StoreRequest } from '../../src/objects/tenant-store/rpc.ts';

const meta: OperationMeta = { cache: 'miss', calls: 1, keys: 1, readUnits: 0.5, writeUnits: 0 };
const get = (id: string) => ({ TableName: 'table', Key: { _pk: { S: `[acme]#${id}` }, _sk: { S: 's' } } });
const put = { TableName: 'table', Item: { _pk: { S: '[acme]#a' }, _sk: { S: 's' } } };

const STATE = { epoch: 0, shard: 0, instance: 'i', began: 3, ended: 4 };

/** A client of an object that answers as told; `requests` is what came. */
function clientOf(answer: (request: StoreRequest, index: number) => Promise<StoreReply[]> | StoreReply[]) {
  const requests: StoreRequest[] = [];
  const execute = async (text: string) => {
    const request = JSON.parse(text) as StoreRequest; // written by the client
    requests.push(request);
    return JSON.stringify({ replies: await answer(request, requests.length - 1), state: STATE });
  };
  return { client: new TenantStoreClient(() => ({ execute }), 'acme'), requests };
}

const echo = ({ calls }: StoreRequest): StoreReply[] =>
  calls.map((call) => ({ ok: true, output: { Item: { op: { S: call.operation } } }, meta }));

test('operations of one tick travel in one call, in their order, and each gets its own answer', async () => {
  const { client, requests } = clientOf(({ calls }) =>
    calls.map((call) => ({ ok: true, output: { Item: (call.input as { Key: object }).Key }, meta })),
  );
  const results = await Promise.all(['a', 'b', 'c'].map((id) => client.execute('GetItem', get(id), { deadlineMs: 500 })));
  expect(requests).toHaveLength(1);
  expect(requests[0]).toMatchObject({ tenant: 'acme', calls: [{ context: { deadlineMs: 500 } }, {}, {}] });
  expect(results.map(({ output }) => output?.Item)).toEqual(['a', 'b', 'c'].map((id) => get(id).Key));
});

test('what the caller changes after its call does not change the call', async () => {
  const { client, requests } = clientOf(echo);
  const input = get('a');
  const answered = client.execute('GetItem', input);
  input.TableName = 'another';
  await answered;
  expect(requests[0]?.calls[0]?.input).toMatchObject({ TableName: 'table' });
});

test('reads are sent once more when the object is lost, writes are not', async () => {
  const { client, requests } = clientOf((request, index) => {
    if (index === 0) throw new Error('reset');
    return echo(request);
  });
  const [read, write] = await Promise.all([client.execute('GetItem', get('a')), client.execute('PutItem', put)]);
  expect(read.ok).toBe(true);
  expect(write).toMatchObject({ ok: false, error: { code: 'outcome_unknown' } });
  expect(requests.map(({ calls }) => calls.map(({ operation }) => operation))).toEqual([['GetItem', 'PutItem'], ['GetItem']]);
});

test('an object that stays lost makes reads unavailable', async () => {
  const { client, requests } = clientOf(() => Promise.reject(new Error('reset')));
  expect(await client.execute('GetItem', get('a'))).toMatchObject({ ok: false, error: { code: 'unavailable', retryAfterMs: 500 } });
  await expect(client.claimIdempotencyKey('k', 'f')).rejects.toMatchObject({ code: 'unavailable' });
  expect(requests).toHaveLength(3);
});

test('an overloaded object is not asked again', async () => {
  const { client, requests } = clientOf(() => Promise.reject(Object.assign(new Error('overloaded'), { overloaded: true })));
  expect(await client.execute('GetItem', get('a'))).toMatchObject({ ok: false, error: { code: 'unavailable' } });
  expect(requests).toHaveLength(1);
});

test('reads that do not fit one answer are sent again, each alone', async () => {
  const { client, requests } = clientOf((request, index) =>
    index === 0 ? [...echo({ ...request, calls: request.calls.slice(0, 1) }), { resend: true }, { resend: true }] : echo(request),
  );
  const results = await Promise.all(['a', 'b', 'c'].map((id) => client.execute('GetItem', get(id))));
  expect(results.every(({ ok }) => ok)).toBe(true);
  expect(requests.map(({ calls }) => calls.length)).toEqual([3, 1, 1]);
});

describe('a batch that comes in parts', () => {
  const key = (id: string) => ({ _pk: { S: `[acme]#${id}` }, _sk: { S: 's' } });
  const asked = (...ids: string[]) => ({ RequestItems: { table: { Keys: ids.map(key), ConsistentRead: true } } });
  const partOf = (ids: string[], rest?: string[]): StoreReply => ({
    ok: true,
    output: { Responses: { table: ids.map(key) } },
    meta,
    ...(rest === undefined ? {} : { rest: asked(...rest) }),
  });

  test('is asked for until it is whole, in what is left of its time', async () => {
    const { client, requests } = clientOf((_request, index) => [
      [partOf(['a'], ['b', 'c']), partOf(['b'], ['c']), partOf(['c'])][index] ?? partOf([]),
    ]);
    const result = await client.execute('BatchGetItem', asked('a', 'b', 'c'), { deadlineMs: 500, read: 'strong' });
    expect(result).toEqual({
      ok: true,
      output: { Responses: { table: ['a', 'b', 'c'].map(key) } },
      meta: { ...meta, calls: 3, keys: 3, readUnits: 1.5, version: '0:0.i.4' },
    });
    expect(requests.map(({ calls }) => calls[0]?.input)).toEqual([asked('a', 'b', 'c'), asked('b', 'c'), asked('c')]);
    expect(requests.every(({ calls }) => calls[0] !== undefined && 'context' in calls[0] && calls[0].context.read === 'strong')).toBe(true);
  });

  test('names the unread keys of every part when one fails, and keeps what the others read', async () => {
    const busy: StoreReply = { ...partOf(['a'], ['c']), ok: false, error: { code: 'throttled', message: 'busy', keys: [key('b')] } };
    const { client } = clientOf((_request, index) => (index === 0 ? [busy] : Promise.reject(new Error('reset'))));
    expect(await client.execute('BatchGetItem', asked('a', 'b', 'c'))).toMatchObject({
      ok: false,
      error: { code: 'throttled', keys: [key('b'), key('c')] },
      output: { Responses: { table: [key('a')] } },
    });
  });

  test('ends with what it has when the caller aborts', async () => {
    const abort = new AbortController();
    const { client, requests } = clientOf(() => (abort.abort(), [partOf(['a'], ['b'])]));
    const parts = await client.execute('BatchGetItem', asked('a', 'b'), { signal: abort.signal });
    expect(parts).toMatchObject({ ok: false, error: { code: 'aborted' } });
    expect(requests).toHaveLength(1);
  });
});

test('an object that does not answer ends at the deadline: a read in time, a write unknown', async () => {
  const { client } = clientOf(() => new Promise(() => {}));
  const context = { deadlineMs: 1 };
  const [read, write] = await Promise.all([client.execute('GetItem', get('a'), context), client.execute('PutItem', put, context)]);
  expect(read).toMatchObject({ ok: false, error: { code: 'deadline_exceeded' } });
  expect(write).toMatchObject({ ok: false, error: { code: 'outcome_unknown' } });
});

test('an abort ends the waiting, and one that came before sends nothing', async () => {
  const { client, requests } = clientOf(() => new Promise(() => {}));
  const abort = new AbortController();
  const waiting = client.execute('GetItem', get('a'), { signal: abort.signal });
  await Promise.resolve();
  abort.abort();
  expect(await waiting).toMatchObject({ ok: false, error: { code: 'aborted' } });
  expect(await client.execute('PutItem', put, { signal: abort.signal })).toMatchObject({ ok: false, error: { code: 'aborted' } });
  expect(requests).toHaveLength(1);
});

test('what is no operation, or no value for JSON, is a TypeError at once', async () => {
  const { client, requests } = clientOf(echo);
  // @ts-expect-error an operation that DynamoDB has and stores do not
  await expect(client.execute('DescribeTable', { TableName: 'table' })).rejects.toThrow(TypeError);
  // @ts-expect-error a bigint where an attribute value belongs
  await expect(client.execute('PutItem', { TableName: 'table', Item: { n: 1n } })).rejects.toThrow(TypeError);
  expect(requests).toHaveLength(0);
});
