/**
 * A program with an API key: writes who leads in which benchmark, and keeps it as a file of the tenant.
 *
 *     STEAMER_KEY=$(cat .steamer/demo-key) node examples/client/script.ts
 */
import { createClient } from '../../.bao/client.ts';

const { STEAMER_URL: url = 'http://127.0.0.1:8787/v1/demo', STEAMER_KEY: key } = process.env;
if (key === undefined) throw new Error('Expected an API key in STEAMER_KEY: npm start leaves one in .steamer/demo-key');
const { models, files } = createClient({ url, headers: { authorization: `Bearer ${key}` } });

const leaders: { title: string; systemId: string; value: number }[] = [];
for await (const { benchmarkId, title, better } of models.benchmarks.list({ index: 'allBenchmarks' })) {
  const order = better === 'lower' ? 'asc' : 'desc';
  const { items } = await models.results.page({ index: 'resultsForBenchmark', where: { benchmarkId }, order, limit: 1 });
  for (const { systemId, value } of items) leaders.push({ title, systemId, value });
}
// Gets of one tick are one request, however often a system leads.
const systems = await Promise.all(leaders.map(({ systemId }) => models.systems.get(systemId)));
const lines = leaders.map(({ title, value }, at) => `${JSON.stringify(title)},${JSON.stringify(systems[at]?.name)},${value}\n`);
const { id } = await files.upload(new File(lines, 'leaders.csv', { type: 'text/csv' }));
console.log(`${lines.length} leaders: ${url}/files/${id}`);
