import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Button } from '../../parts/button.tsx';
import { CurlLine } from '../../parts/code.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { Choice, TextField } from '../../parts/field.tsx';
import { duration } from '../../parts/figures.tsx';
import { Empty, Loaded } from '../../parts/notices.tsx';
import { NotForYou } from '../../parts/not-for-you.tsx';
import { Page } from '../../parts/page.tsx';
import { Time } from '../../parts/time.tsx';
import { Paging, useList } from '../../parts/paging.tsx';
import { pathOf } from '../../service/request.ts';
import { useResource } from '../../service/resource.ts';
import type { PageProps } from '../../shell/pages.tsx';
import { linkTo } from '../../shell/route.ts';
import { RunPage } from './run-page.tsx';
import { StartRun } from './start-run.tsx';
import { type Run, shortName, type Status, STATUS_BADGES } from './run.ts';

const STATUSES: readonly (readonly [Status | '', string])[] = [
  ['', 'any'],
  ['running', 'running'],
  ['pending', 'pending'],
  ['completed', 'completed'],
  ['failed', 'failed'],
  ['cancelled', 'cancelled'],
];
const PAGE_RUNS = '25';
const REFRESH_MS = 5_000;

/** The runs of a tenant's workflows. */
export function Workflows({ tenant, role, rest }: PageProps): JSX.Element {
  const [runId] = rest;
  return runId === undefined ? <Runs tenant={tenant} role={role} /> : <RunPage key={runId} tenant={tenant} runId={runId} />;
}

function Runs({ tenant, role }: { tenant: string; role: string }): JSX.Element {
  const [status, setStatus] = useState<Status | ''>('');
  const [workflow, setWorkflow] = useState('');
  const [isStarting, setStarting] = useState(false);
  // None where the workflows are elsewhere.
  const deployed = useResource<{ items: { name: string }[] }>({ method: 'GET', path: pathOf(tenant, 'workflows') });
  const names = deployed.answer?.value.items.map(({ name }) => name) ?? [];
  const {
    request,
    page: runs,
    pages,
    next,
  } = useList<{ items: Run[]; cursor: string | null }>(
    pathOf(tenant, 'workflows', 'runs'),
    { limit: PAGE_RUNS, status, workflow },
    REFRESH_MS,
  );
  if (runs.refusal?.code === 'not_found')
    return (
      <Page title="Workflows">
        <Empty icon="workflows" title="This service runs no workflows">
          <p>
            Functions that begin with <code>"use workflow"</code> run in it once <code>createService</code> is given them:{' '}
            <code>docs/workflows.md</code> shows how.
          </p>
        </Empty>
      </Page>
    );
  return (
    <Page
      title="Workflows"
      lead="Runs, the newest first; the list is some moments old."
      actions={
        names.length > 0 && (
          <Button kind="primary" icon="play" onClick={() => setStarting(true)}>
            Start a workflow
          </Button>
        )
      }
    >
      <NotForYou role={role} refusal={runs.refusal}>
        <div class="query-row">
          <Choice label="Status" value={status} options={STATUSES} onChange={setStatus} />
          <TextField
            label="Workflow"
            type="search"
            placeholder="its whole name"
            value={workflow}
            onInput={(text) => setWorkflow(text.trim())}
          />
        </div>
        <Loaded resource={runs}>
          {({ items }) =>
            items.length === 0 ? <NoRuns isNarrowed={status !== '' || workflow !== ''} /> : <RunTable tenant={tenant} runs={items} />
          }
        </Loaded>
        <Paging pages={pages} next={next} words={['Newer', 'Older']} />
        <CurlLine request={request} />
      </NotForYou>
      {isStarting && <StartRun tenant={tenant} names={names} onClose={() => setStarting(false)} />}
    </Page>
  );
}

function NoRuns({ isNarrowed }: { isNarrowed: boolean }): JSX.Element {
  return (
    <Empty icon="workflows" title={isNarrowed ? 'No such runs' : 'No runs yet'}>
      {!isNarrowed && (
        <p>
          <code>start(workflow, …)</code> of the Workflow SDK begins one, or the button above.
        </p>
      )}
    </Empty>
  );
}

function RunTable({ tenant, runs }: { tenant: string; runs: readonly Run[] }): JSX.Element {
  return (
    <DataTable
      label="Runs"
      rows={runs}
      keyOf={({ runId }) => runId}
      columns={[
        { title: 'Run', cell: ({ runId }) => <a href={linkTo(tenant, 'workflows', [runId])}>{runId}</a> },
        { title: 'Workflow', cell: ({ workflowName }) => <span title={workflowName}>{shortName(workflowName)}</span> },
        { title: 'Status', cell: ({ status }) => <span class={`badge ${STATUS_BADGES[status]}`}>{status}</span> },
        { title: 'Made', cell: ({ createdAt }) => <Time at={createdAt} /> },
        {
          title: 'Took',
          isNumber: true,
          cell: ({ startedAt, completedAt }) =>
            startedAt && completedAt ? duration(Date.parse(completedAt) - Date.parse(startedAt)) : '–',
        },
      ]}
    />
  );
}
