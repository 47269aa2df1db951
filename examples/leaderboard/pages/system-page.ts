/** The page of a system: what was measured of it. */
import type { Route } from 'steamer';
import { formatted } from './chart.ts';
import { html, page } from './html.ts';
import type { LeaderboardModels } from './models.ts';
import { keptPage } from './page-route.ts';
import { day, framed, link, notFound, nothing, ROWS_MAX, table } from './parts.ts';

export function systemPage({ System, Benchmark, Result }: LeaderboardModels): Route {
  const summary = 'A system of the leaderboard, with what was measured of it, as a page';
  return keptPage('/board/:tenant/systems/:id', summary, async ({ tenant, id }) => {
    const system = await System.find(id);
    if (!system.exists()) return notFound(tenant, 'system');
    const { items } = await Result.queryByIndex('resultsForSystem', id, null, { limit: ROWS_MAX, direction: 'DESC' });
    const benchmarks = await Promise.all(items.map(({ benchmarkId }) => Benchmark.find(benchmarkId)));
    const rows = items.map(({ benchmarkId, value, machine, measuredAt }, at) => {
      const benchmark = benchmarks[at];
      const [title, unit] = benchmark?.exists() ? [benchmark.title, benchmark.unit] : [benchmarkId, ''];
      return html`<tr>
        <td>${link(tenant, 'benchmarks', benchmarkId, title)}</td>
        <td class="number">${formatted(value)} ${unit}</td>
        <td>${machine}</td>
        <td>${day(measuredAt)}</td>
      </tr>`;
    });
    const facts = [system.version, system.kind, system.licence].filter((fact) => fact != null).join(', ');
    const body = html`<h1>${system.name}</h1>
      <p class="faint">${facts}</p>
      ${rows.length > 0 ? table(['Benchmark', { number: 'Result' }, 'Machine', 'Measured'], rows) : nothing('Nothing of it is measured yet.')}`;
    return page(system.name, framed(tenant, body));
  });
}
