/** What a tenant has of workflows, for its export: its runs, and what happened in them. Their streams are among the tenant's; payloads are not in it, as each run seals its own. */
import type { WorkflowRunRpc } from '../objects/index.ts';
import type { RunAddress } from '../runs/run-address.ts';
import { runBehind } from '../runs/run-index.ts';
import { shownEvent } from '../runs/shown-event.ts';
import { WORKFLOW_PAGE_MAX_ENTRIES } from '../wire/limits.ts';
import type { ExportLine, ExportStep } from '../wire/tenant-export.ts';

export interface ExportedWorkflows {
  db: D1Database;
  run: (address: RunAddress) => Pick<WorkflowRunRpc, 'getRun' | 'listEvents'>;
}

/** A page of the events of one run each time, whatever app it is of; the run comes before the first of them. */
export function exportWorkflows({ db, run }: ExportedWorkflows): ExportStep {
  return {
    name: 'runs',
    async read(tenant, position) {
      // "<app>/<run>/<cursor>" within a run, "<app>/<run>/" behind it.
      const [app = '', runId = '', cursor = ''] = (position ?? '').split('/');
      const address = cursor === '' ? await runBehind(db, { tenant, app, runId }) : { tenant, app, runId };
      if (address === undefined) return { lines: [], next: null };
      const where = { app: address.app, runId: address.runId };
      const page = { limit: WORKFLOW_PAGE_MAX_ENTRIES, cursor: cursor === '' ? null : cursor, order: 'asc' as const };
      const [found, events] = await Promise.all([run(address).getRun('none'), run(address).listEvents(page, null, 'none')]);
      // A run that has ended, and is gone since it was found.
      if (!found.ok || !events.ok) return { lines: [], next: `${where.app}/${where.runId}/` };
      const { data, hasMore, cursor: next } = events.value;
      const lines = data.map((event): ExportLine => ({ kind: 'run-event', ...where, event: shownEvent(event) }));
      const first: ExportLine[] = cursor === '' ? [{ kind: 'run', ...where, run: found.value }] : [];
      return { lines: [...first, ...lines], next: `${where.app}/${where.runId}/${hasMore ? (next ?? '') : ''}` };
    },
  };
}
