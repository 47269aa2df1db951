/** The public pages of a tenant's leaderboard: what was measured, of which systems, with a chart of each benchmark. Kept at the edge until a row is written. */
import type { RequestContext, Route } from 'steamer';
import type { Benchmark, Result, System } from '../../../.bao/models.ts';
import { barChart, formatted } from './chart.ts';
import { html, page, type Html } from './html.ts';

/** As many rows of a kind has a page. */
const ROWS_MAX = 200;

/** The models that the pages show. */
export interface LeaderboardModels {
  System: typeof System;
  Benchmark: typeof Benchmark;
  Result: typeof Result;
}

export function leaderboardPages({ System, Benchmark, Result }: LeaderboardModels): readonly Route[] {
  return [
    pageRoute('/board/:tenant', 'The leaderboard, as a page', async ({ tenant }) => {
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

    pageRoute(
      '/board/:tenant/benchmarks/:id',
      'A benchmark of the leaderboard, with a chart of its results, as a page',
      async ({ tenant, id }) => {
        const benchmark = await Benchmark.find(id);
        if (!benchmark.exists()) return notFound(tenant, 'benchmark');
        const { title, unit, better } = benchmark;
        const direction = better === 'lower' ? 'ASC' : 'DESC';
        const { items } = await Result.queryByIndex('resultsForBenchmark', id, null, { limit: ROWS_MAX, direction });
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
          ${rows.length > 0 ? html`${chart}${table(['System', { number: unit }, 'Machine', 'Measured'], rows)}` : nothing('Nobody has measured it yet.')}`;
        return page(title, framed(tenant, body));
      },
    ),

    pageRoute(
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

interface Asked {
  tenant: string;
  id: string;
}

function pageRoute(path: string, summary: string, show: (asked: Asked) => Promise<Response>): Route {
  return {
    method: 'GET',
    path,
    summary,
    access: { scope: 'models:read', anonymous: true },
    limit: 'read',
    mutates: false,
    cacheable: true,
    bodyLimitBytes: 0,
    schemas: { responses: { 200: { contentMediaType: 'text/html', type: 'string' } } },
    handle({ request, params, services, later }: RequestContext) {
      const { tenant = '', id = '' } = params;
      return services.sharedAnswers.answer(request, tenant, () => show({ tenant, id }), later);
    },
  };
}

function framed(tenant: string, body: Html): Html {
  return html`<nav><a href="/board/${encodeURIComponent(tenant)}">Leaderboard</a> of ${tenant}</nav>
    <main>${body}</main>
    <footer>
      To add results, <a href="/console">sign up and make a key</a>, then <code>PUT /v1/${tenant}/results/{benchmark}/{system}</code>.
    </footer>`;
}

function link(tenant: string, kind: 'benchmarks' | 'systems', id: string, text: string): Html {
  return html`<a href="/board/${encodeURIComponent(tenant)}/${kind}/${encodeURIComponent(id)}">${text}</a>`;
}

function table(columns: readonly (string | { number: string })[], rows: readonly Html[]): Html {
  const heads = columns.map((column) =>
    typeof column === 'string' ? html`<th scope="col">${column}</th>` : html`<th scope="col" class="number">${column.number}</th>`,
  );
  return html`<div class="scroll" role="region" aria-label="Table" tabindex="0">
    <table>
      <thead>
        <tr>
          ${heads}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}

function nothing(text: string): Html {
  return html`<p class="faint">${text}</p>`;
}

function notFound(tenant: string, what: string): Response {
  return page(
    'Not found',
    framed(
      tenant,
      html`<h1>Not found</h1>
        <p>There is no such ${what}.</p>`,
    ),
    404,
  );
}

function day(date: Date): string {
  return date.toISOString().slice(0, 10);
}
