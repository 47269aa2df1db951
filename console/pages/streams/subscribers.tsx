import type { JSX } from 'preact';
import { DataTable } from '../../parts/data-table.tsx';
import { Loaded } from '../../parts/notices.tsx';
import { Card } from '../../parts/page.tsx';
import { Time } from '../../parts/time.tsx';
import { pathOf } from '../../service/request.ts';
import { useResource } from '../../service/resource.ts';

interface Member {
  kind: string;
  id: string;
  data: unknown;
  since: string;
}

const REFRESH_MS = 5_000;

/** Who says to be present on a stream. Others may follow it without a word. */
export function Subscribers({ tenant, name }: { tenant: string; name: string }): JSX.Element {
  const present = useResource<{ members: Member[] }>(
    { method: 'GET', path: pathOf(tenant, 'stream-presence', ...name.split('/')) },
    REFRESH_MS,
  );
  return (
    <Card title="Present">
      <Loaded resource={present}>
        {({ members }) =>
          members.length === 0 ? (
            <p class="muted">
              Nobody. Sockets that ask with <code>?presence=true</code> are seen here.
            </p>
          ) : (
            <DataTable
              label="Present"
              rows={members}
              keyOf={({ kind, id }) => `${kind}/${id}`}
              columns={[
                { title: 'Who', cell: ({ kind, id }) => `${kind} ${id}` },
                { title: 'Says', cell: ({ data }) => <code>{JSON.stringify(data)}</code> },
                { title: 'Since', cell: ({ since }) => <Time at={since} /> },
              ]}
            />
          )
        }
      </Loaded>
    </Card>
  );
}
