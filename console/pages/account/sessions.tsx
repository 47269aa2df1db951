import type { JSX } from 'preact';
import { Button } from '../../parts/button.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { Failure, Loaded } from '../../parts/notices.tsx';
import { Card } from '../../parts/page.tsx';
import { Time } from '../../parts/time.tsx';
import { useAction } from '../../service/action.ts';
import { pathOf } from '../../service/request.ts';
import { useResource } from '../../service/resource.ts';
import { send } from '../../service/send.ts';
import { note } from '../../shell/notes.tsx';

interface SessionRow {
  id: string;
  kind: string;
  device: string;
  place: string;
  startedAt: string;
  lastUsedAt: string;
  endsAt: string;
  isCurrent: boolean;
}

/** Where else somebody has signed in. */
export function Sessions(): JSX.Element {
  const sessions = useResource<{ sessions: SessionRow[] }>({ method: 'GET', path: '/v1/auth/sessions' });
  const end = useAction(async (id: string) => {
    await send({ method: 'DELETE', path: pathOf('auth', 'sessions', id) });
    sessions.reload();
  });
  const endOthers = useAction(async () => {
    const { value } = await send<{ ended: number }>({ method: 'DELETE', path: '/v1/auth/sessions' });
    note(value.ended === 1 ? 'One other session has ended.' : `${value.ended} other sessions have ended.`);
    sessions.reload();
  });
  return (
    <Card
      title="Sessions"
      actions={
        <Button onClick={() => void endOthers.run()} isBusy={endOthers.isRunning}>
          End all others
        </Button>
      }
    >
      <Failure refusal={end.refusal ?? endOthers.refusal} />
      <Loaded resource={sessions}>
        {({ sessions: rows }) => (
          <DataTable
            label="Sessions"
            rows={rows}
            keyOf={({ id }) => id}
            columns={[
              {
                title: 'Device',
                cell: ({ device, isCurrent }) => (
                  <>
                    {device || 'unknown'} {isCurrent && <span class="badge ok">this one</span>}
                  </>
                ),
              },
              { title: 'By', cell: ({ kind }) => kind },
              { title: 'Place', cell: ({ place }) => place || <span class="muted">unknown</span> },
              { title: 'Began', cell: ({ startedAt }) => <Time at={startedAt} /> },
              { title: 'Last used', cell: ({ lastUsedAt }) => <Time at={lastUsedAt} /> },
              { title: 'Ends', cell: ({ endsAt }) => <Time at={endsAt} /> },
              {
                title: '',
                cell: ({ id, isCurrent }) =>
                  !isCurrent && (
                    <Button kind="quiet" onClick={() => void end.run(id)} isDisabled={end.isRunning}>
                      End
                    </Button>
                  ),
              },
            ]}
          />
        )}
      </Loaded>
    </Card>
  );
}
