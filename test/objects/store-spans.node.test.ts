import { afterEach, expect, test, vi } from 'vitest';
import { seededRandom } from '../../dev/faults/seeded-random.ts';
import type { OperationName } from '../../src/dynamo/types.ts';
import { StoreSpans } from '../../src/objects/tenant-store/store-spans.ts';
import { eventually } from '../setup/eventually.ts';
import { isolatedCore } from './simulation/isolated-core.ts';
import { CALM, SimulatedTable } from './simulation/simulated-table.ts';
import { VirtualTime } from './simulation/virtual-time.ts';

interface SentSpan {
  traceId: string;
  spanId: string;
  parentSpanId: string;
  name: string;
  kind: number;
  links?: { traceId: string; spanId: string }[];
  attributes: { key: string; value: unknown }[];
  status: { code?: number };
}

const TABLE = 'simulated';
const keyOf = (name: string) => ({ _pk: { S: `[t]#k#${name}` }, _sk: { S: 'k' } });
const traceOf = (digit: string) => ({ traceId: digit.repeat(32), parentId: digit.repeat(16) });
const traceparentOf = (digit: string) => `00-${digit.repeat(32)}-${digit.repeat(16)}-01`;

afterEach(() => void vi.restoreAllMocks());

/** A store, and a collector that has the spans of it by their names, in the order of their traces. */
function tracedStore() {
  const sent: SentSpan[] = [];
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (_url, init) => {
    const body = JSON.parse(init?.body as string) as { resourceSpans: [{ scopeSpans: [{ spans: SentSpan[] }] }] };
    sent.push(...body.resourceSpans[0].scopeSpans[0].spans);
    return new Response('{}');
  });
  const time = new VirtualTime();
  const spans = new StoreSpans({ OTLP_ENDPOINT: 'https://otel.test', OTLP_HEADERS: 'a=b' }, () => time.nowMs);
  const core = isolatedCore(spans.ofTable(new SimulatedTable(time, seededRandom(1), CALM)), time);
  const call = (operation: OperationName, input: object, trace?: string) => {
    const context = { deadlineMs: 1_000, ...(trace === undefined ? {} : { trace }) };
    void spans.around({ operation, input, context }, core);
  };
  const named = (name: string) =>
    sent.filter((span) => span.name === name).toSorted((one, other) => (one.traceId < other.traceId ? -1 : 1));
  /** All that come, when so many have. */
  const run = async (count: number) => {
    time.after(10, () => {}); // what is called goes out a moment later
    await time.run();
    await eventually(() => expect(sent).toHaveLength(count));
  };
  return { run, call, named };
}

test('a request to DynamoDB is a child of the call that it is for, which is one of the request', async () => {
  const { run, call, named } = tracedStore();
  call('PutItem', { TableName: TABLE, Item: keyOf('a') }, traceparentOf('a'));
  await run(2);
  const [[outer], [inner]] = [named('TenantStore PutItem'), named('DynamoDB PutItem')];
  expect(outer).toMatchObject({ traceId: traceOf('a').traceId, parentSpanId: traceOf('a').parentId, kind: 2, status: {} });
  expect(inner).toMatchObject({ traceId: traceOf('a').traceId, parentSpanId: outer?.spanId, kind: 3, status: {} });
  expect(inner?.attributes).toContainEqual({ key: 'db.system.name', value: { stringValue: 'aws.dynamodb' } });
});

test('a batch is linked to all that have joined it, and what is in memory has none', async () => {
  const { run, call, named } = tracedStore();
  const get = (name: string) => ({ TableName: TABLE, Key: keyOf(name) });
  call('GetItem', get('a'), traceparentOf('a'));
  call('GetItem', get('b'), traceparentOf('b'));
  call('GetItem', get('b'), traceparentOf('c'));
  call('GetItem', get('d'));
  await run(4);
  const calls = named('TenantStore GetItem');
  const [batch, ...others] = named('DynamoDB BatchGetItem');
  expect([calls.length, others]).toEqual([3, []]);
  expect([batch?.traceId, batch?.parentSpanId]).toEqual([calls[0]?.traceId, calls[0]?.spanId]);
  expect(batch?.links).toEqual(calls.slice(1).map(({ traceId, spanId }) => ({ traceId, spanId })));
});

test('a call that fails says so, and nothing is told of traces that nobody records, or without a collector', async () => {
  const { run, call, named } = tracedStore();
  call('PutItem', { TableName: TABLE, Item: keyOf('b') });
  call('GetItem', { TableName: TABLE, Key: { _pk: { S: '[other]#k#a' }, _sk: { S: 'k' } } }, traceparentOf('a'));
  await run(1);
  expect([named('TenantStore GetItem')[0]?.status, named('TenantStore PutItem'), named('DynamoDB PutItem')]).toEqual([{ code: 2 }, [], []]);
  const table = new SimulatedTable(new VirtualTime(), seededRandom(1), CALM);
  expect(new StoreSpans({}, () => 0).ofTable(table)).toBe(table);
});
