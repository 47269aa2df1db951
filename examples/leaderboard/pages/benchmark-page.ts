/** The page of a benchmark: a chart and a table of its results, and what was submitted lately. */
import type { Route } from 'steamer';
import { barChart, formatted } from './chart.ts';
import { html, page } from './html.ts';
import type { LeaderboardModels } from './models.ts';
import { keptPage } from './page-route.ts';
import { day, framed, link, notFound, nothing, ROWS_MAX, table } from './parts.ts';
import { howToSubmit, submissionTable } from './submission-parts.ts';

const SUBMISSIONS_MAX = 10;

/** @param takesSubmissions whether the page says how to submit a result */
export function benchmarkPage({ System, Benchmark, Result, Submission }: LeaderboardModels, takesSubmissions: boolean): Route {
  const summary = 'A benchmark of the leaderboard, with a chart of its results, as a page';
  return keptPage('/board/:tenant/benchmarks/:id', summary, async ({ tenant, id }) => {
    const benchmark = await Benchmark.find(id);
    if (!benchmark.exists()) return notFound(tenant, 'benchmark');
    const { title, unit, better } = benchmark;
    const direction = better === 'lower' ? 'ASC' : 'DESC';
    const [{ items }, submissions] = await Promise.all([
      Result.queryByIndex('resultsForBenchmark', id, null, { limit: ROWS_MAX, direction }),
      Submission.queryByIndex('submissionsForBenchmark', id, null, { limit: SUBMISSIONS_MAX, direction: 'DESC' }),
    ]);
    const systems = await Promise.all(items.map(({ systemId }) => System.find(systemId)));
    const named = items.map((result, at) => {
      const system = systems[at];
      return { result, name: system?.exists() ? system.name : result.systemId };
    });
    const chart = barChart(
      title,
      named.map(({ name, result }) => ({ label: name, value: result.value })),
      unit,
    );
    const rows = named.map(
      ({ result, name }) =>
        html`<tr>
          <td>${link(tenant, 'systems', result.systemId, name)}</td>
          <td class="number">${formatted(result.value)}</td>
          <td>${result.machine}</td>
          <td>${day(result.measuredAt)}</td>
        </tr>`,
    );
    const body = html`<h1>${title}</h1>
      <p class="faint">${unit}, ${better} is better</p>
      ${rows.length > 0 ? html`${chart}${table(['System', { number: unit }, 'Machine', 'Measured'], rows)}` : nothing('Nobody has measured it yet.')}
      ${submissionTable(tenant, submissions.items, unit)} ${takesSubmissions ? howToSubmit(tenant, id) : null}`;
    return page(title, framed(tenant, body));
  });
}
