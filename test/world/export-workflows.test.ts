import { env } from 'cloudflare:workers';
import { expect, it, vi } from 'vitest';
import { workflowRunStub } from '../../src/objects/stubs.ts';
import { exportWorkflows } from '../../src/routes/export-workflows.ts';
import type { ExportLine } from '../../src/wire/tenant-export.ts';
import { newToken, StorageFixture } from '../contract/workflow-storage/fixture.ts';
import { newScope, openStorage } from '../objects/workflow-run/run-fixture.ts';

const step = exportWorkflows({ db: env.WORKFLOW_DB, run: (address) => workflowRunStub(env.WORKFLOW_RUN, address) });

async function exported(tenant: string): Promise<ExportLine[]> {
  const lines: ExportLine[] = [];
  for (let position: string | null = null; ;) {
    const { lines: more, next } = await step.read(tenant, position);
    lines.push(...more);
    if (next === null) return lines;
    position = next;
  }
}

it('has the runs of all apps of a tenant, each before what happened in it, and no token of a hook', async () => {
  const scope = newScope();
  const token = newToken();
  const runs: { app: string; runId: string }[] = [];
  for (const app of ['billing', 'shop']) {
    const fixture = new StorageFixture();
    fixture.open(await openStorage({ ...scope, app }));
    runs.push({ app, runId: await fixture.newRun() });
    if (app === 'shop') await fixture.hook(runs[1]?.runId ?? '', 'hook_1', token);
  }
  // The index hears of a run a moment after it began.
  const lines = await vi.waitFor(
    async () => {
      const all = await exported(scope.tenant);
      expect(all.filter(({ kind }) => kind === 'run')).toMatchObject(runs);
      return all;
    },
    { timeout: 20_000 },
  );
  const eventsOf = (app: string) => lines.filter((line) => line.kind === 'run-event' && line['app'] === app).length;
  expect([eventsOf('billing'), eventsOf('shop')]).toEqual([2, 3]);
  expect(lines[0]).toMatchObject({ kind: 'run', app: 'billing' });
  expect(JSON.stringify(lines)).not.toContain(token);
  expect(await exported(newScope().tenant)).toEqual([]);
});
