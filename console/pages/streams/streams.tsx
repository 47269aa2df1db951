import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Button } from '../../parts/button.tsx';
import { CurlLine } from '../../parts/code.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { FormDialog } from '../../parts/dialog.tsx';
import { Choice, TextField } from '../../parts/field.tsx';
import { bytes, count } from '../../parts/figures.tsx';
import { Empty, Loaded } from '../../parts/notices.tsx';
import { Page } from '../../parts/page.tsx';
import { Time } from '../../parts/time.tsx';
import { useAction } from '../../service/action.ts';
import { Paging, useList } from '../../parts/paging.tsx';
import { pathOf } from '../../service/request.ts';
import { streamsOf } from '../../service/streams.ts';
import type { PageProps } from '../../shell/pages.tsx';
import { go, linkTo } from '../../shell/route.ts';
import type { StreamListing } from './stream.ts';
import { StreamPage } from './stream-page.tsx';

const PAGE_STREAMS = '50';
/** As the list of streams is written. */
const REFRESH_MS = 5_000;

export function Streams({ tenant, rest }: PageProps): JSX.Element {
  const [name] = rest;
  return name === undefined ? <Directory tenant={tenant} /> : <StreamPage key={name} tenant={tenant} name={name} />;
}

function Directory({ tenant }: { tenant: string }): JSX.Element {
  const [prefix, setPrefix] = useState('');
  const [isCreating, setCreating] = useState(false);
  const {
    request,
    page: streams,
    pages,
    next,
  } = useList<{ items: StreamListing[]; cursor: string | null }>(pathOf(tenant, 'streams'), { limit: PAGE_STREAMS, prefix }, REFRESH_MS);
  return (
    <Page
      title="Streams"
      lead="Append-only logs that are read from any place on, and followed live."
      actions={
        <Button kind="primary" icon="plus" onClick={() => setCreating(true)}>
          New stream
        </Button>
      }
    >
      <div class="narrow">
        <TextField label="Names that begin with" type="search" value={prefix} onInput={setPrefix} />
      </div>
      <Loaded resource={streams}>
        {({ items }) => (items.length === 0 ? <NoStreams isNarrowed={prefix !== ''} /> : <StreamTable tenant={tenant} streams={items} />)}
      </Loaded>
      <Paging pages={pages} next={next} />
      <CurlLine request={request} />
      {isCreating && <NewStream tenant={tenant} onClose={() => setCreating(false)} />}
    </Page>
  );
}

function NoStreams({ isNarrowed }: { isNarrowed: boolean }): JSX.Element {
  return (
    <Empty icon="streams" title={isNarrowed ? 'No stream of such a name' : 'No streams yet'}>
      {!isNarrowed && (
        <p>
          Make one here, or let a model tell its changes: <code>steamer: {'{ changes: true }'}</code> in <code>models.yaml</code>.
        </p>
      )}
    </Empty>
  );
}

function StreamTable({ tenant, streams }: { tenant: string; streams: readonly StreamListing[] }): JSX.Element {
  return (
    <DataTable
      label="Streams"
      rows={streams}
      keyOf={({ name }) => name}
      columns={[
        { title: 'Stream', cell: ({ name }) => <a href={linkTo(tenant, 'streams', [name])}>{name}</a> },
        { title: 'Type', cell: ({ contentType }) => contentType },
        { title: 'Messages', isNumber: true, cell: ({ messages }) => count(messages) },
        { title: 'Size', isNumber: true, cell: ({ size }) => bytes(size) },
        { title: 'Subscribers', isNumber: true, cell: ({ readers }) => count(readers) },
        { title: 'State', cell: ({ isClosed }) => (isClosed ? <span class="badge">closed</span> : <span class="badge ok">open</span>) },
        { title: 'Made', cell: ({ createdAt }) => <Time at={createdAt} /> },
        { title: 'As of', cell: ({ reportedAt }) => <Time at={reportedAt} /> },
      ]}
    />
  );
}

const CONTENT_TYPES = [
  ['application/json', 'JSON'],
  ['text/plain', 'text'],
  ['application/octet-stream', 'bytes'],
] as const;

function NewStream({ tenant, onClose }: { tenant: string; onClose: () => void }): JSX.Element {
  const [name, setName] = useState('');
  const [contentType, setContentType] = useState<(typeof CONTENT_TYPES)[number][0]>('application/json');
  const create = useAction(async () => {
    await streamsOf(tenant).create(name, { contentType });
    go(linkTo(tenant, 'streams', [name]));
  });
  return (
    <FormDialog title="New stream" button="Create" action={create} onClose={onClose}>
      <TextField
        label="Name"
        hint="Letters, digits and . _ ~ : @ - in segments with slashes between them"
        value={name}
        onInput={setName}
        isRequired
      />
      <Choice label="Messages are" value={contentType} options={CONTENT_TYPES} onChange={setContentType} />
    </FormDialog>
  );
}
