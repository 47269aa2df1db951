import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Button } from '../../parts/button.tsx';
import { Code, CurlLine } from '../../parts/code.tsx';
import { Clipped, DataTable } from '../../parts/data-table.tsx';
import { Confirm, Dialog } from '../../parts/dialog.tsx';
import { Empty, Failure, Loaded } from '../../parts/notices.tsx';
import { Page } from '../../parts/page.tsx';
import { Time } from '../../parts/time.tsx';
import { useAction } from '../../service/action.ts';
import { pathOf, type ServiceRequest } from '../../service/request.ts';
import { useResource } from '../../service/resource.ts';
import { send } from '../../service/send.ts';
import { note } from '../../shell/notes.tsx';
import type { PageProps } from '../../shell/pages.tsx';
import { type ApiKey, NewKey } from './new-key.tsx';
import { NotForYou } from '../../parts/not-for-you.tsx';

const STATES: Readonly<Record<ApiKey['status'], string>> = { active: 'ok', rotating: 'warn', revoked: 'danger', expired: '' };

/** The keys of a tenant: made, shown once, rotated, revoked. */
export function Keys({ tenant, role }: PageProps): JSX.Element {
  const request: ServiceRequest = { method: 'GET', path: pathOf(tenant, 'keys') };
  const keys = useResource<{ keys: ApiKey[] }>(request);
  const [isCreating, setCreating] = useState(false);
  const [token, setToken] = useState<string | null>(null);
  const [revoked, setRevoked] = useState<ApiKey | null>(null);
  const rotate = useAction(async (kid: string) => {
    const { value } = await send<{ token: string }>({ method: 'POST', path: pathOf(tenant, 'keys', kid, 'rotate'), body: {} });
    setToken(value.token);
    keys.reload();
  });
  const revoke = useAction(async (kid: string) => {
    await send({ method: 'DELETE', path: pathOf(tenant, 'keys', kid) });
    setRevoked(null);
    note('The key is refused from the next request on.');
    keys.reload();
  });
  return (
    <Page
      title="API keys"
      lead="For programs. A key has scopes, and may act for a user or in a role; the service keeps its hash only."
      actions={
        <Button kind="primary" icon="plus" onClick={() => setCreating(true)}>
          New key
        </Button>
      }
    >
      <NotForYou role={role} refusal={keys.refusal}>
        <Failure refusal={rotate.refusal} />
        <Loaded resource={keys}>
          {({ keys: rows }) =>
            rows.length === 0 ? (
              <Empty icon="key" title="No keys yet">
                <p>Make one for the first program that calls this tenant.</p>
              </Empty>
            ) : (
              <KeyTable keys={rows} isRunning={rotate.isRunning} onRotate={(kid) => void rotate.run(kid)} onRevoke={setRevoked} />
            )
          }
        </Loaded>
        <CurlLine request={request} />
      </NotForYou>
      {isCreating && (
        <NewKey
          tenant={tenant}
          onClose={() => setCreating(false)}
          onCreated={(made) => {
            setCreating(false);
            setToken(made);
            keys.reload();
          }}
        />
      )}
      {token !== null && <ShownOnce token={token} onClose={() => setToken(null)} />}
      {revoked !== null && (
        <Confirm
          title={`Revoke ${revoked.name}?`}
          button="Revoke"
          action={revoke}
          onConfirm={() => void revoke.run(revoked.kid)}
          onClose={() => setRevoked(null)}
        >
          <p>Whatever uses it is refused from the next request on, and its open sockets end. A key that is revoked does not come back.</p>
        </Confirm>
      )}
    </Page>
  );
}

interface KeyTableProps {
  keys: readonly ApiKey[];
  isRunning: boolean;
  onRotate: (kid: string) => void;
  onRevoke: (key: ApiKey) => void;
}

function KeyTable({ keys, isRunning, onRotate, onRevoke }: KeyTableProps): JSX.Element {
  return (
    <DataTable
      label="API keys"
      rows={keys}
      keyOf={({ kid }) => kid}
      columns={[
        {
          title: 'Key',
          cell: ({ name, prefix, kid, last4 }) => (
            <div>
              <Clipped text={name} />
              <div class="fine code-like">{`${prefix}_${kid}_…${last4}`}</div>
            </div>
          ),
        },
        {
          title: 'State',
          cell: ({ status, expiresAt, revokedAt }) => (
            <>
              <span class={`badge ${STATES[status]}`}>{status}</span>
              {(revokedAt ?? expiresAt) !== null && (
                <span class="fine">
                  {status === 'active' && 'ends '}
                  <Time at={revokedAt ?? expiresAt} />
                </span>
              )}
            </>
          ),
        },
        { title: 'Scopes', cell: ({ scopes }) => <Clipped text={scopes.join(', ')} /> },
        {
          title: 'Acts for',
          cell: ({ subject, role: as }) => [subject, as].filter(Boolean).join(' as ') || <span class="muted">itself</span>,
        },
        { title: 'Last used', cell: ({ lastUsedAt }) => <Time at={lastUsedAt} /> },
        {
          title: '',
          cell: (key) =>
            key.status === 'active' && (
              <>
                <Button kind="quiet" isDisabled={isRunning} onClick={() => onRotate(key.kid)}>
                  Rotate
                </Button>
                <Button kind="quiet" onClick={() => onRevoke(key)}>
                  Revoke
                </Button>
              </>
            ),
        },
      ]}
    />
  );
}

function ShownOnce({ token, onClose }: { token: string; onClose: () => void }): JSX.Element {
  return (
    <Dialog title="Your new key" onClose={onClose}>
      <div class="dialog-body">
        <p>Copy it now. It is shown this once, and nobody can read it again.</p>
        <Code text={token} label="the key" isWrapped />
      </div>
      <footer>
        <Button kind="primary" onClick={onClose}>
          I have it
        </Button>
      </footer>
    </Dialog>
  );
}
