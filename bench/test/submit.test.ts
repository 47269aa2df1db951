import assert from 'node:assert/strict';
import { test } from 'node:test';
import { figuresOfBundles, scoresOf } from '../harness/scores.ts';
import { openBoard } from '../harness/submit.ts';

const ENVIRONMENT = {
  command: '',
  measuredAt: '2026-11-30T00:00:00.000Z',
  workerd: '',
  compatibilityDate: '',
  node: '',
  machine: '2 × EPYC',
};
const figure = (metric: string, value = 1) => ({ scenario: 'burst to 1,000', way: 'hub', metric, value });

test('scores are times, rates and sizes, each of a benchmark of its own', () => {
  const metrics = ['CPU µs per delivery', 'deliveries/s', 'p99, ms', 'bytes received', 'out of order'];
  const scores = scoresOf(
    'streams',
    metrics.map((metric) => figure(metric)),
    ENVIRONMENT,
  );
  assert.deepEqual(
    scores.map(({ benchmark: { benchmarkId, better } }) => [benchmarkId, better]),
    [
      ['streams-burst-to-1-000-cpu-us-per-delivery', 'lower'],
      ['streams-burst-to-1-000-deliveries-s', 'higher'],
      ['streams-burst-to-1-000-p99-ms', 'lower'],
    ],
  );
  assert.deepEqual(scores[0]?.system, { systemId: 'streams-hub', name: 'hub' });
  assert.equal(scores[0]?.machine, '2 × EPYC');
});

test('what is not above 0 is no score', () => {
  assert.deepEqual(scoresOf('streams', [figure('p99, ms', 0), figure('p99, ms', Number.NaN)], ENVIRONMENT), []);
});

test('bundles are scored by what is loaded, in kB', () => {
  const summary = {
    entry: 'all',
    minifiedBytes: 9,
    gzipBytes: 29_187,
    gzipBytesOfOne: 1,
    gzipBytesPerModel: 1,
    instantiations: 7,
    instantiationsOfUse: 1,
  };
  assert.deepEqual(
    figuresOfBundles([summary]).map(({ metric, value }) => [metric, value]),
    [
      ['kB of gzip', 29.187],
      ['type instantiations', 7],
    ],
  );
});

test('says before anything is measured what a submission lacks', async () => {
  await assert.rejects(openBoard('http://127.0.0.1:9/v1/demo', undefined), /expected an API key .* in STEAMER_KEY/);
  await assert.rejects(openBoard('demo', 'key'), /expected an address like http:.*, got "demo"/);
});
