/** The first page: every benchmark with its best result, and the systems. */
import type { Route } from 'steamer';
import type { Benchmark } from '../../../.bao/models.ts';
import { formatted } from './chart.ts';
import { html, page, type Html } from './html.ts';
import type { LeaderboardModels } from './models.ts';
import { keptPage } from './page-route.ts';
import { framed, link, nothing, ROWS_MAX, table } from './parts.ts';

export function boardPage({ System, Benchmark, Result }: LeaderboardModels): Route {
  return keptPage('/board/:tenant', 'The leaderboard, as a page', async ({ tenant }) => {
    const [benchmarks, systems] = await Promise.all([
      Benchmark.queryByIndex('allBenchmarks', 'be', null, { limit: ROWS_MAX }),
      System.queryByIndex('allSystems', 'sy', null, { limit: ROWS_MAX }),
    ]);
    const nameOf = new Map(systems.items.map(({ systemId, name }) => [systemId, name]));
    const best = async ({ benchmarkId, better }: Benchmark) => {
      const direction = better === 'lower' ? 'ASC' : 'DESC';
      return (await Result.queryByIndex('resultsForBenchmark', benchmarkId, null, { limit: 1, direction })).items[0];
    };
    const rowOf = async (benchmark: Benchmark): Promise<Html> => {
      const result = await best(benchmark);
      return html`<tr>
        <td>${link(tenant, 'benchmarks', benchmark.benchmarkId, benchmark.title)}</td>
        <td>${result ? link(tenant, 'systems', result.systemId, nameOf.get(result.systemId) ?? result.systemId) : null}</td>
        <td class="number">${result ? `${formatted(result.value)} ${benchmark.unit}` : null}</td>
      </tr>`;
    };
    const areas = await Promise.all(
      Object.entries(Object.groupBy(benchmarks.items, ({ area }) => area)).map(async ([area, ofArea = []]) => {
        const rows = await Promise.all(ofArea.map(rowOf));
        return html`<h2>${area}</h2>
          ${table(['Benchmark', 'Best', { number: 'Result' }], rows)}`;
      }),
    );
    const rows = systems.items.map(
      ({ systemId, name, version, kind, licence }) =>
        html`<tr>
          <td>${link(tenant, 'systems', systemId, name)}</td>
          <td>${version ?? null}</td>
          <td>${kind ?? null}</td>
          <td>${licence ?? null}</td>
        </tr>`,
    );
    const body = html`<h1>Leaderboard</h1>
      ${areas.length > 0 ? areas : nothing('No benchmark is here yet.')}
      <h2>Systems</h2>
      ${rows.length > 0 ? table(['System', 'Version', 'Kind', 'Licence'], rows) : nothing('No system is here yet.')}`;
    return page('Leaderboard', framed(tenant, body));
  });
}
