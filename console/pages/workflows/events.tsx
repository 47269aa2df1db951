import type { JSX } from 'preact';
import { Clipped, DataTable } from '../../parts/data-table.tsx';
import { Time } from '../../parts/time.tsx';
import type { RunEvent } from './run.ts';

/** What happened in a run, in its order. */
export function Events({ events }: { events: readonly RunEvent[] }): JSX.Element {
  if (events.length === 0) return <p class="muted">Nothing happened yet.</p>;
  return (
    <DataTable
      label="Events"
      rows={events}
      keyOf={({ eventId }) => eventId}
      columns={[
        { title: 'Event', cell: ({ eventType }) => eventType.replaceAll('_', ' ') },
        { title: 'When', cell: ({ createdAt }) => <Time at={createdAt} /> },
        {
          title: 'Of',
          cell: ({ correlationId }) => (correlationId === undefined ? <span class="muted">the run</span> : <code>{correlationId}</code>),
        },
        { title: 'With', cell: ({ eventData }) => (eventData === undefined ? '' : <Clipped text={JSON.stringify(eventData)} />) },
      ]}
    />
  );
}
