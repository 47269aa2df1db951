import type { JSX } from 'preact';
import { Button } from '../../parts/button.tsx';
import { Clipped, DataTable } from '../../parts/data-table.tsx';
import { Failure } from '../../parts/notices.tsx';
import { Card } from '../../parts/page.tsx';
import { useAction } from '../../service/action.ts';
import { pathOf } from '../../service/request.ts';
import { useResource } from '../../service/resource.ts';
import { send } from '../../service/send.ts';
import { note } from '../../shell/notes.tsx';
import type { DeadMessage } from './run.ts';

/** Messages of a run that were given up after many attempts; nothing where there are none, as mostly. */
export function DeadMessages({ tenant, runId }: { tenant: string; runId: string }): JSX.Element | null {
  const path = [tenant, 'workflows', 'runs', runId, 'dead-messages'];
  const dead = useResource<{ items: DeadMessage[] }>({ method: 'GET', path: pathOf(...path) });
  const replay = useAction(async (messageId: string) => {
    await send({ method: 'POST', path: pathOf(...path, messageId, 'replay') });
    note('The message is delivered again.');
    dead.reload();
  });
  const items = dead.answer?.value.items ?? [];
  if (items.length === 0) return null;
  return (
    <Card title="Messages that were given up">
      <Failure refusal={replay.refusal} />
      <DataTable
        label="Messages that were given up"
        rows={items}
        keyOf={({ messageId }) => messageId}
        columns={[
          { title: 'Message', cell: ({ messageId }) => <code>{messageId}</code> },
          { title: 'Attempts', isNumber: true, cell: ({ attempt }) => attempt },
          { title: 'Why', cell: ({ failure }) => <Clipped text={failure} /> },
          {
            title: '',
            cell: ({ messageId }) => (
              <Button kind="quiet" isDisabled={replay.isRunning} onClick={() => void replay.run(messageId)}>
                Deliver again
              </Button>
            ),
          },
        ]}
      />
    </Card>
  );
}
