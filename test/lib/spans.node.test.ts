import { expect, test, vi } from 'vitest';
import { parseOtlpHeaders, SpanExporter, type Span } from '../../src/lib/spans.ts';
import { traceOf, traceparentOf } from '../../src/lib/trace-context.ts';
import { eventually } from '../setup/eventually.ts';

const PARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

test('a trace is gone on with from its traceparent, a new one begins without a good one', () => {
  const trace = traceOf(PARENT, () => false);
  expect(trace).toMatchObject({ traceId: PARENT.slice(3, 35), parentId: '00f067aa0ba902b7', isSampled: true });
  expect(traceOf(traceparentOf(trace), () => false)).toMatchObject({ traceId: trace.traceId, parentId: trace.spanId, isSampled: true });
  expect(traceOf(`${PARENT.slice(0, -2)}00`, () => true).isSampled).toBe(false);
  expect(traceOf(`cc${PARENT.slice(2)}-more`, () => false).traceId).toBe(trace.traceId);
  for (const wrong of [null, '', 'ff' + PARENT.slice(2), PARENT.toUpperCase(), `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`, `${PARENT}x`])
    expect(traceOf(wrong, () => true)).toMatchObject({
      parentId: null,
      isSampled: true,
      traceId: expect.not.stringMatching(trace.traceId),
    });
});

const span = (name: string): Span => ({
  ...traceOf(PARENT, () => false),
  name,
  startedAtMs: 1,
  endedAtMs: 2,
  attributes: { n: 1.5, ok: true },
  isFailed: true,
});

/** A collector that answers when it is told to. */
function collector() {
  const seen: string[][] = [];
  const answers: PromiseWithResolvers<Response>[] = [];
  const exporter = new SpanExporter({
    endpoint: 'https://otel.test',
    headers: {},
    serviceName: 'test',
    fetch: (_url, init) => {
      expect(init.signal).toBeInstanceOf(AbortSignal);
      const body = JSON.parse(init.body as string) as { resourceSpans: { scopeSpans: { spans: { name: string }[] }[] }[] };
      seen.push(body.resourceSpans[0]?.scopeSpans[0]?.spans.map(({ name }) => name) ?? []);
      const answer = Promise.withResolvers<Response>();
      answers.push(answer);
      return answer.promise;
    },
  });
  return { seen, answers, exporter };
}

test('spans that come while some are sent go together, and a collector that fails costs those that it had', async () => {
  const log = vi.spyOn(console, 'error').mockReturnValue(undefined);
  const { seen, answers, exporter } = collector();
  const sending = exporter.record(span('a'));
  for (const name of ['b', 'c']) void exporter.record(span(name));
  answers[0]?.reject(new Error('no collector'));
  await eventually(() => expect(answers).toHaveLength(2));
  answers[1]?.resolve(new Response('', { status: 200 }));
  await sending;
  expect([seen, log.mock.calls.length]).toEqual([[['a'], ['b', 'c']], 1]);
  expect(exporter.record({ ...span('d'), isSampled: false })).toBeNull();
  log.mockRestore();
});

test('spans are sent again when who has sent was stopped with its request, and no collector is waited for for ever', () => {
  const { seen, exporter } = collector();
  const at = (name: string, endedAtMs: number) => exporter.record({ ...span(name), endedAtMs });
  const lost = at('a', 1_000);
  for (let count = 0; count < 600; count++) expect([lost, null]).toContain(at('waits', 30_999));
  const sending = at('b', 31_000);
  expect([sending === lost, sending === null, seen.length]).toEqual([false, false, 2]);
  expect(seen[1]).toHaveLength(500);
  expect(at('c', 31_001)).toBe(sending);
});

test('headers of a collector are told by commas, with spaces around them or without, and values may have an equals sign', () => {
  expect(parseOtlpHeaders(' authorization=Basic YTpi== , x-team=,,=lost,')).toEqual({ authorization: 'Basic YTpi==', 'x-team': '' });
  expect(parseOtlpHeaders('')).toEqual({});
});
