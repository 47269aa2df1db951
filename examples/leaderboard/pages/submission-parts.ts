/** What the page of a benchmark has of submissions: the latest ones, and how to make one. */
import type { Submission } from '../../../.bao/models.ts';
import { formatted } from './chart.ts';
import { html, type Html } from './html.ts';
import { link, minute, table } from './parts.ts';

/** A table of submissions; nothing where there are none. */
export function submissionTable(tenant: string, submissions: readonly Submission[], unit: string): Html | null {
  if (submissions.length === 0) return null;
  const rows = submissions.map(
    ({ submissionId, systemId, value, state, createdAt }) =>
      html`<tr>
        <td>${link(tenant, 'submissions', submissionId, minute(createdAt))}</td>
        <td>${link(tenant, 'systems', systemId, systemId)}</td>
        <td class="number">${value === null ? null : formatted(value)}</td>
        <td><span class="${state}">${state}</span></td>
      </tr>`,
  );
  return html`<h2>Latest submissions</h2>
    ${table(['Submitted', 'System', { number: unit }, 'State'], rows)}`;
}

/** A command that submits a result. */
export function howToSubmit(tenant: string, benchmarkId: string): Html {
  const score = { benchmarkId, systemId: '…', value: 1000, machine: '2 vCPU', measuredAt: new Date().toISOString() };
  const body = JSON.stringify({ workflow: 'submit', input: [score] }, null, 2).replaceAll("'", String.raw`'\''`);
  return html`<details>
    <summary>Submit a result</summary>
    <p>
      With an API key of the scopes <code>workflows:write</code> and <code>workflows:read</code>. The answer names a run; the page
      <code>/board/${tenant}/submissions/{run}</code> shows what becomes of it.
    </p>
    <pre tabindex="0">
curl -H "Authorization: Bearer $STEAMER_KEY" -H 'Content-Type: application/json' \\
  -d '${body}' \\
  $STEAMER_URL/v1/${tenant}/workflows/runs</pre>
  </details>`;
}
