import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

interface Result {
  summaries: {
    entry: string;
    case?: string;
    load?: string;
    gzipBytes?: number;
    instantiationsOfUse?: number;
    metrics?: Record<string, { median: number } | number | null>;
  }[];
}

const page = (name: string) => readFileSync(`docs/${name}.md`, 'utf8');
const resultOf = (name: string) => JSON.parse(readFileSync(`bench/results/${name}.json`, 'utf8')) as Result; // as the benchmarks write it
const COMPARISON = page('comparison');
const rowsOf = (text: string) =>
  text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
const rowOf = (first: string) => rowsOf(COMPARISON).find(([cell]) => cell === first) ?? expect.unreachable(first);
const number = (cell = '') => Number(cell.replaceAll(/[^\d.]/g, ''));
const medianOf = (value: { median: number } | number | null | undefined) =>
  typeof value === 'object' ? (value?.median ?? NaN) : (value ?? NaN);

it.each(['get', 'query of 100', 'create', 'update of a field', '100 by their ids'])(
  'the comparison has the figures of the benchmark: %s',
  (name) => {
    const libraries = ['Steamer', 'dynamo-bao', 'ElectroDB', 'DynamoDB Toolbox', 'document client'];
    const { summaries } = resultOf('bao');
    const measured = libraries.map((entry) =>
      Math.round(medianOf(summaries.find((one) => one.entry === entry && one.case === name)?.metrics?.['cpuMicros'])),
    );
    expect(rowOf(name).slice(1).map(number)).toEqual(measured);
  },
);

it('the comparison has the sizes of the benchmark', () => {
  const { summaries } = resultOf('bao-size');
  const found = ['Steamer, create to query', 'dynamo-bao', 'ElectroDB', 'DynamoDB Toolbox'].map((entry) =>
    summaries.find((one) => one.entry === entry),
  );
  expect(rowOf('kB').slice(1).map(number)).toEqual(found.map((one) => Math.round((one?.gzipBytes ?? 0) / 100) / 10));
});

it('the comparison has the reads of the benchmark', () => {
  const { summaries } = resultOf('skeleton');
  const rows = {
    'a call of an object that does nothing': 'empty object RPC',
    "the tenant's object, item in memory": 'object, cached',
    "the tenant's object, nothing kept": 'object, uncached',
    'the Worker itself, each read by itself': 'DynamoClient',
  };
  for (const [row, entry] of Object.entries(rows)) {
    const metrics = summaries.find((one) => one.entry === entry && one.load === '32 clients')?.metrics ?? {};
    const [, perSec, p50, cpu] = rowOf(row).map(number);
    expect([perSec, cpu]).toEqual(['requestsPerSec', 'cpuMicrosPerRequest'].map((name) => Math.round(medianOf(metrics[name]))));
    expect(p50).toBeCloseTo(medianOf(metrics['p50Ms']), 1);
  }
});

it('capacity is worked out by the costs of the guide', () => {
  const [memory = 0, read = 0, write = 0] = (/\*\*together\*\* \| \| (.*) \|/.exec(page('deploy'))?.[1] ?? '').split('|').map(number);
  const perMillion = (hits: number) => 0.9 * hits * memory + 0.9 * (1 - hits) * read + 0.1 * write;
  const bills = [perMillion(0.8) * 10, perMillion(0.9) * 1_000, perMillion(0.9) * 25_000].map(
    (bill) => `$${Math.round(bill).toLocaleString('en')}`,
  );
  expect(page('capacity')).toContain(`| ${bills.join(' | ')} |`);
});
