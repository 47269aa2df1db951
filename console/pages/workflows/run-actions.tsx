import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Button } from '../../parts/button.tsx';
import { Confirm } from '../../parts/dialog.tsx';
import { Failure } from '../../parts/notices.tsx';
import { useAction } from '../../service/action.ts';
import { pathOf } from '../../service/request.ts';
import { send } from '../../service/send.ts';
import { note } from '../../shell/notes.tsx';
import { go, linkTo } from '../../shell/route.ts';
import { hasEnded, type Run } from './run.ts';

interface RunActionsProps {
  tenant: string;
  run: Run;
  onChanged: () => void;
}

/** What can be done about a run. */
export function RunActions({ tenant, run, onChanged }: RunActionsProps): JSX.Element {
  const [isCancelling, setCancelling] = useState(false);
  const act = useAction(async (what: 'cancel' | 'wake' | 'run-again') => {
    const { value } = await send<{ sleepsEnded?: number; runId?: string }>({
      method: 'POST',
      path: pathOf(tenant, 'workflows', 'runs', run.runId, what),
    });
    setCancelling(false);
    if (what === 'wake') note(value.sleepsEnded === 1 ? 'One sleep has ended.' : `${value.sleepsEnded ?? 0} sleeps have ended.`);
    if (what === 'run-again' && value.runId !== undefined) go(linkTo(tenant, 'workflows', [value.runId]));
    onChanged();
  });
  return (
    <>
      {!hasEnded(run) && (
        <>
          <Button isBusy={act.isRunning} onClick={() => void act.run('wake')}>
            Wake
          </Button>
          <Button kind="danger" isBusy={act.isRunning} onClick={() => setCancelling(true)}>
            Cancel
          </Button>
        </>
      )}
      <Button icon="refresh" isBusy={act.isRunning} onClick={() => void act.run('run-again')}>
        Run again
      </Button>
      {!isCancelling && <Failure refusal={act.refusal} />}
      {isCancelling && (
        <Confirm
          title="Cancel this run?"
          button="Cancel the run"
          action={act}
          onConfirm={() => void act.run('cancel')}
          onClose={() => setCancelling(false)}
        >
          <p>It goes no further. What its steps have done stays done.</p>
        </Confirm>
      )}
    </>
  );
}
