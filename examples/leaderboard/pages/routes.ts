/** The public pages of a tenant's leaderboard: what was measured, of which systems, with a chart of each benchmark. Kept at the edge until a row is written. */
import type { Route } from 'steamer';
import type { Benchmark, Result, Submission, System } from '../../../.bao/models.ts';
import { barChart, formatted } from './chart.ts';
import { html, page } from './html.ts';
import { keptPage } from './page-route.ts';
import { day, framed, link, notFound, nothing, table } from './parts.ts';
import { submissionPage } from './submission-page.ts';
import type { FollowProgress } from './submission-progress.ts';
import { howToSubmit, submissionTable } from './submission-parts.ts';

/** As many rows of a kind has a page. */
const ROWS_MAX = 200;
const SUBMISSIONS_MAX = 10;

/** The models that the pages show. */
export interface LeaderboardModels {
  System: typeof System;
  Benchmark: typeof Benchmark;
  Result: typeof Result;
  Submission: typeof Submission;
}

/** @param follow what shows a validation as it happens; null where nothing is validated */
export function leaderboardPages(models: LeaderboardModels, follow: FollowProgress | null): readonly Route[] {
  const { System, Benchmark, Result, Submission } = models;
  return [
    submissionPage(models, follow),
    keptPage('/board/:tenant', 'The leaderboard, as a page', async ({ tenant }) => {
      const [benchmarks, systems] = await Promise.all([
        Benchmark.queryByIndex('allBenchmarks', 'be', null, { limit: ROWS_MAX }),
        System.queryByIndex('allSystems', 'sy', null, { limit: ROWS_MAX }),
      ]);
      const areas = Object.entries(Object.groupBy(benchmarks.items, ({ area }) => area)).map(
        ([area, ofArea = []]) =>
          html`<h2>${area}</h2>
            <ul>
              ${ofArea.map(({ benchmarkId, title }) => html`<li>${link(tenant, 'benchmarks', benchmarkId, title)}</li>`)}
            </ul>`,
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
    }),

    keptPage(
      '/board/:tenant/benchmarks/:id',
      'A benchmark of the leaderboard, with a chart of its results, as a page',
      async ({ tenant, id }) => {
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
          ${submissionTable(tenant, submissions.items, unit)} ${follow === null ? null : howToSubmit(tenant, id)}`;
        return page(title, framed(tenant, body));
      },
    ),

    keptPage(
      '/board/:tenant/systems/:id',
      'A system of the leaderboard, with what was measured of it, as a page',
      async ({ tenant, id }) => {
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
      },
    ),
  ];
}
