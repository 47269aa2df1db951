import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Button } from '../../parts/button.tsx';
import { Json } from '../../parts/code.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Facts } from '../../parts/figures.tsx';
import { Loaded } from '../../parts/notices.tsx';
import { Time } from '../../parts/time.tsx';
import { useResource } from '../../service/resource.ts';
import type { RunEvent } from './run.ts';

/** More rows than these nobody reads, and browsers are slow with. */
const SHOWN = 1000;

interface EventsProps {
  /** of the run's events */
  path: string;
  events: readonly RunEvent[];
}

/** What happened in a run, in its order. */
export function Events({ path, events }: EventsProps): JSX.Element {
  const [opened, setOpened] = useState<RunEvent | null>(null);
  if (events.length === 0) return <p class="muted">Nothing happened yet.</p>;
  return (
    <>
      {events.length > SHOWN && (
        <p class="muted">
          The latest {SHOWN} of {events.length}.
        </p>
      )}
      <DataTable
        label="Events"
        rows={events.slice(-SHOWN)}
        keyOf={({ eventId }) => eventId}
        columns={[
          { title: 'Event', cell: ({ eventType }) => eventType.replaceAll('_', ' ') },
          { title: 'When', cell: ({ createdAt }) => <Time at={createdAt} /> },
          {
            title: 'Of',
            cell: ({ correlationId }) => (correlationId === undefined ? <span class="muted">the run</span> : <code>{correlationId}</code>),
          },
          {
            title: '',
            cell: (event) => (
              <Button kind="quiet" onClick={() => setOpened(event)}>
                Look inside
              </Button>
            ),
          },
        ]}
      />
      {opened !== null && <Inside path={path} event={opened} onClose={() => setOpened(null)} />}
    </>
  );
}

function Inside({ path, event, onClose }: { path: string; event: RunEvent; onClose: () => void }): JSX.Element {
  const { cursor, eventType, eventId, createdAt } = event;
  const before = cursor === undefined ? null : String(Number(cursor) - 1);
  const whole = useResource<{ items: RunEvent[] }>(
    before === null ? null : { method: 'GET', path, query: { cursor: before, limit: '1', payloads: 'true' } },
  );
  return (
    <Dialog isPanel title={eventType.replaceAll('_', ' ')} onClose={onClose}>
      <div class="dialog-body">
        <Facts
          facts={[
            ['When', <Time key="when" at={createdAt} />],
            ['Id', <code key="id">{eventId}</code>],
          ]}
        />
        <h3>What it carries</h3>
        {before === null ? (
          <Carried event={event} />
        ) : (
          <Loaded resource={whole}>{({ items: [found] }) => <Carried event={found ?? event} />}</Loaded>
        )}
      </div>
    </Dialog>
  );
}

function Carried({ event: { eventData } }: { event: RunEvent }): JSX.Element {
  return eventData === undefined ? <p class="muted">Nothing.</p> : <Json value={eventData} label="what it carries" />;
}
