import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Button } from '../../parts/button.tsx';
import { Json } from '../../parts/code.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { duration, Facts } from '../../parts/figures.tsx';
import { Loaded } from '../../parts/notices.tsx';
import { Time } from '../../parts/time.tsx';
import { useResource } from '../../service/resource.ts';
import { MANY_STEPS, shortName, STATUS_BADGES, type Step } from './run.ts';

interface StepsProps {
  /** of the run's steps */
  path: string;
  /** without what went in and came out */
  steps: readonly Step[];
}

/** The steps of a run, the first on top. */
export function Steps({ path, steps }: StepsProps): JSX.Element {
  const [opened, setOpened] = useState<string | null>(null);
  const shown = steps.find(({ stepId }) => stepId === opened);
  if (steps.length === 0) return <p class="muted">No step has begun yet.</p>;
  return (
    <>
      <DataTable
        label="Steps"
        rows={steps.toReversed()}
        keyOf={({ stepId }) => stepId}
        columns={[
          { title: 'Step', cell: ({ stepName }) => <span title={stepName}>{shortName(stepName)}</span> },
          { title: 'Status', cell: ({ status }) => <span class={`badge ${STATUS_BADGES[status]}`}>{status}</span> },
          { title: 'Attempts', isNumber: true, cell: ({ attempt }) => attempt },
          {
            title: 'Began',
            cell: ({ startedAt }) => (startedAt === undefined ? <span class="muted">not yet</span> : <Time at={startedAt} />),
          },
          {
            title: 'Took',
            isNumber: true,
            cell: ({ startedAt, completedAt }) =>
              startedAt && completedAt ? duration(Date.parse(completedAt) - Date.parse(startedAt)) : '–',
          },
          {
            title: '',
            cell: ({ stepId }) => (
              <Button kind="quiet" onClick={() => setOpened(stepId)}>
                Look inside
              </Button>
            ),
          },
        ]}
      />
      {shown !== undefined && <Inside path={path} step={shown} onClose={() => setOpened(null)} />}
    </>
  );
}

function Inside({ path, step, onClose }: { path: string; step: Step; onClose: () => void }): JSX.Element {
  const { stepId, stepName, attempt, status, retryAfter } = step;
  // No route has one step alone.
  const steps = useResource<{ items: Step[] }>({ method: 'GET', path, query: { limit: String(MANY_STEPS), payloads: 'true' } });
  return (
    <Dialog isPanel title={shortName(stepName)} onClose={onClose}>
      <div class="dialog-body">
        <Facts
          facts={[
            ['Status', status],
            ['Attempts', attempt],
            ['Id', <code key="id">{stepId}</code>],
            ...(retryAfter === undefined ? [] : [['Tried again', <Time key="retry" at={retryAfter} />] as const]),
          ]}
        />
        <Loaded resource={steps}>{({ items }) => <Payloads step={items.find((one) => one.stepId === stepId) ?? step} />}</Loaded>
      </div>
    </Dialog>
  );
}

function Payloads({ step: { input, output, error } }: { step: Step }): JSX.Element {
  return (
    <>
      <h3>Input</h3>
      <Json value={input ?? null} label="input" />
      <h3>{error === undefined ? 'Output' : 'Error'}</h3>
      <Json value={error ?? output ?? null} label={error === undefined ? 'output' : 'error'} />
    </>
  );
}
