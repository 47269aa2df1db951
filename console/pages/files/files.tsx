import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { FileInfo } from 'steamer/client';
import { Button } from '../../parts/button.tsx';
import { CurlLine } from '../../parts/code.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { Confirm } from '../../parts/dialog.tsx';
import { bytes, count, Meter, Tile, Tiles } from '../../parts/figures.tsx';
import { Empty, Failure, Loaded } from '../../parts/notices.tsx';
import { Page } from '../../parts/page.tsx';
import { Time } from '../../parts/time.tsx';
import { useAction } from '../../service/action.ts';
import { Paging, useList } from '../../parts/paging.tsx';
import { pathOf } from '../../service/request.ts';
import { send } from '../../service/send.ts';
import type { PageProps } from '../../shell/pages.tsx';
import { upload } from './upload.ts';
import { UploadButton } from './upload-button.tsx';

interface FilePage {
  items: FileInfo[];
  cursor: string | null;
  usage: { files: number; bytes: number; maxFiles: number; maxBytes: number };
}

const PAGE_FILES = '50';

/** The files of a tenant. */
export function Files({ tenant }: PageProps): JSX.Element {
  const [removed, setRemoved] = useState<FileInfo | null>(null);
  const [sent, setSent] = useState<{ bytes: number; of: number } | null>(null);
  const { request, page: files, pages, next } = useList<FilePage>(pathOf(tenant, 'files'), { limit: PAGE_FILES });
  const sending = useAction(async (file: File) => {
    setSent({ bytes: 0, of: file.size });
    try {
      await upload(tenant, file, (sentBytes) => setSent({ bytes: sentBytes, of: file.size }));
    } finally {
      setSent(null);
      files.reload();
    }
  });
  const remove = useAction(async (id: string) => {
    await send({ method: 'DELETE', path: pathOf(tenant, 'files', id) });
    setRemoved(null);
    files.reload();
  });
  return (
    <Page
      title="Files"
      lead="Declared, checked as they pass, and kept in R2."
      actions={<UploadButton isBusy={sending.isRunning} onFile={(file) => void sending.run(file)} />}
    >
      <Failure refusal={sending.refusal} />
      {sent !== null && (
        <p role="status">
          {bytes(sent.bytes)} of {bytes(sent.of)} are stored. <Meter label="Sent" used={sent.bytes} of={sent.of} />
        </p>
      )}
      <Loaded resource={files}>
        {({ items, usage }) => (
          <>
            <Tiles>
              <Tile
                name="Stored and declared"
                value={bytes(usage.bytes)}
                note={<Meter isQuota label="Of the quota" used={usage.bytes} of={usage.maxBytes} />}
              />
              <Tile name="Quota" value={bytes(usage.maxBytes)} />
              <Tile name="Files" value={count(usage.files)} note={`of ${count(usage.maxFiles)}`} />
            </Tiles>
            {items.length === 0 ? (
              <Empty icon="files" title="No files yet">
                <p>Send the first one with the button above.</p>
              </Empty>
            ) : (
              <FileTable tenant={tenant} files={items} onRemove={setRemoved} />
            )}
          </>
        )}
      </Loaded>
      <Paging pages={pages} next={next} />
      <CurlLine request={request} />
      {removed !== null && (
        <Confirm
          title={`Delete ${removed.name}?`}
          button="Delete"
          action={remove}
          onConfirm={() => void remove.run(removed.id)}
          onClose={() => setRemoved(null)}
        >
          <p>Its content is gone once it is deleted.</p>
        </Confirm>
      )}
    </Page>
  );
}

function FileTable({
  tenant,
  files,
  onRemove,
}: {
  tenant: string;
  files: readonly FileInfo[];
  onRemove: (file: FileInfo) => void;
}): JSX.Element {
  return (
    <DataTable
      label="Files"
      rows={files}
      keyOf={({ id }) => id}
      columns={[
        {
          title: 'Name',
          cell: ({ id, name, status }) =>
            status === 'stored' ? (
              <a class="clipped" href={pathOf(tenant, 'files', id)} target="_blank" rel="noopener noreferrer">
                {name}
              </a>
            ) : (
              <span class="clipped">{name}</span>
            ),
        },
        { title: 'Type', cell: ({ type }) => type },
        { title: 'Size', isNumber: true, cell: ({ size }) => bytes(size) },
        { title: 'State', cell: ({ status }) => <span class={`badge ${status === 'stored' ? 'ok' : 'warn'}`}>{status}</span> },
        { title: 'By', cell: ({ createdBy }) => <code class="clipped">{createdBy}</code> },
        { title: 'Made', cell: ({ createdAt }) => <Time at={createdAt} /> },
        {
          title: '',
          cell: (file) => (
            <Button kind="quiet" onClick={() => onRemove(file)}>
              Delete
            </Button>
          ),
        },
      ]}
    />
  );
}
