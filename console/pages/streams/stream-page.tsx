import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Button } from '../../parts/button.tsx';
import { CurlLine } from '../../parts/code.tsx';
import { Confirm } from '../../parts/dialog.tsx';
import { bytes, count, Facts } from '../../parts/figures.tsx';
import { Empty, Loaded } from '../../parts/notices.tsx';
import { Card, Page } from '../../parts/page.tsx';
import { Time } from '../../parts/time.tsx';
import { useAction } from '../../service/action.ts';
import { pathOf, type ServiceRequest } from '../../service/request.ts';
import { useResource } from '../../service/resource.ts';
import { streamsOf } from '../../service/streams.ts';
import { note } from '../../shell/notes.tsx';
import { go, linkTo } from '../../shell/route.ts';
import { Messages } from './messages.tsx';
import { Publish } from './publish.tsx';
import { isOfService, type StreamListing } from './stream.ts';
import { Subscribers } from './subscribers.tsx';

const REFRESH_MS = 5_000;

/** One stream: followed as it grows, written to, closed, deleted. */
export function StreamPage({ tenant, name }: { tenant: string; name: string }): JSX.Element {
  const request: ServiceRequest = { method: 'GET', path: pathOf(tenant, 'streams'), query: { prefix: name, limit: '1' } };
  const listing = useResource<{ items: StreamListing[] }>(request, REFRESH_MS);
  const isThere = listing.answer?.value.items.some((one) => one.name === name) === true;
  return (
    <Page
      title={name}
      trail={<a href={linkTo(tenant, 'streams')}>Streams</a>}
      actions={isThere && <Endings tenant={tenant} name={name} onClosed={listing.reload} />}
    >
      <Loaded resource={listing}>
        {({ items }) => {
          const stream = items.find((one) => one.name === name);
          return stream === undefined ? (
            <Empty icon="streams" title="There is no such stream">
              <p>It may have been made a moment ago: the list of streams is some seconds behind.</p>
            </Empty>
          ) : (
            <Inside tenant={tenant} stream={stream} />
          );
        }}
      </Loaded>
    </Page>
  );
}

function Inside({ tenant, stream }: { tenant: string; stream: StreamListing }): JSX.Element {
  const { name, contentType, messages, size, readers, isClosed, createdAt } = stream;
  // Segments of a name are segments of the path.
  const path = pathOf(tenant, 'streams', ...name.split('/'));
  return (
    <>
      <Card>
        <Facts
          facts={[
            ['Messages', count(messages)],
            ['Size', bytes(size)],
            ['Type', contentType],
            ['State', isClosed ? 'closed' : 'open'],
            ['Subscribers', count(readers)],
            ['Made', <Time key="made" at={createdAt} />],
          ]}
        />
      </Card>
      <div class="stream">
        <Messages tenant={tenant} stream={stream} />
        <div class="stream-side">
          <Publish tenant={tenant} stream={stream} />
          <Subscribers tenant={tenant} name={name} />
        </div>
      </div>
      <CurlLine request={{ method: 'GET', path, query: { offset: '-1', live: 'sse' } }} />
    </>
  );
}

function Endings({ tenant, name, onClosed }: { tenant: string; name: string; onClosed: () => void }): JSX.Element | null {
  const [asking, setAsking] = useState<'close' | 'delete' | null>(null);
  const end = useAction(async (how: 'close' | 'delete') => {
    if (how === 'close') await streamsOf(tenant).close(name);
    else await streamsOf(tenant).remove(name);
    note(how === 'close' ? 'The stream is closed.' : 'The stream is deleted.');
    setAsking(null);
    if (how === 'close') onClosed();
    else go(linkTo(tenant, 'streams'));
  });
  if (isOfService(name)) return null;
  return (
    <>
      <Button onClick={() => setAsking('close')}>Close</Button>
      <Button kind="danger" icon="trash" onClick={() => setAsking('delete')}>
        Delete
      </Button>
      {asking !== null && (
        <Confirm
          title={asking === 'close' ? 'Close this stream?' : 'Delete this stream?'}
          button={asking === 'close' ? 'Close' : 'Delete'}
          action={end}
          onConfirm={() => void end.run(asking)}
          onClose={() => setAsking(null)}
        >
          <p>
            {asking === 'close' ? 'Nothing can be appended any more; what is in it stays.' : 'Everything in it goes with it, for good.'}
          </p>
        </Confirm>
      )}
    </>
  );
}
