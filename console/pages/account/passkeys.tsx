import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Button } from '../../parts/button.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { Confirm } from '../../parts/dialog.tsx';
import { Loaded } from '../../parts/notices.tsx';
import { Card } from '../../parts/page.tsx';
import { Time } from '../../parts/time.tsx';
import { useAction } from '../../service/action.ts';
import { makePasskey } from '../../service/passkeys.ts';
import { pathOf } from '../../service/request.ts';
import { useResource } from '../../service/resource.ts';
import { send } from '../../service/send.ts';
import { NameDialog } from './name-dialog.tsx';

interface Passkey {
  id: string;
  name: string;
  createdAt: string;
  lastUsedAt: string | null;
}

/** The passkeys of who has signed in: made, renamed, removed. */
export function Passkeys({ onChange }: { onChange: (recoveryCodes?: readonly string[]) => void }): JSX.Element {
  const passkeys = useResource<{ passkeys: Passkey[] }>({ method: 'GET', path: '/v1/auth/passkeys' });
  const [isAdding, setAdding] = useState(false);
  const [renamed, setRenamed] = useState<Passkey | null>(null);
  const [removed, setRemoved] = useState<Passkey | null>(null);
  const remove = useAction(async (id: string) => {
    await send({ method: 'DELETE', path: pathOf('auth', 'passkeys', id) });
    setRemoved(null);
    passkeys.reload();
    onChange();
  });
  return (
    <Card
      title="Passkeys"
      actions={
        <Button icon="plus" onClick={() => setAdding(true)}>
          Add a passkey
        </Button>
      }
    >
      <Loaded resource={passkeys}>
        {({ passkeys: rows }) =>
          rows.length === 0 ? (
            <p class="muted">You have none yet. A passkey of this device or a security key signs you in without the password.</p>
          ) : (
            <PasskeyTable passkeys={rows} onRename={setRenamed} onRemove={setRemoved} />
          )
        }
      </Loaded>
      {isAdding && (
        <NameDialog
          title="A new passkey"
          button="Make the passkey"
          initial=""
          onClose={() => setAdding(false)}
          submit={async (name) => {
            const passkey = await makePasskey();
            const { value } = await send<{ recoveryCodes: string[] }>({
              method: 'POST',
              path: '/v1/auth/passkeys',
              body: { name, passkey },
            });
            setAdding(false);
            passkeys.reload();
            onChange(value.recoveryCodes);
          }}
        />
      )}
      {renamed !== null && (
        <NameDialog
          title={`Rename ${renamed.name}`}
          button="Rename"
          initial={renamed.name}
          onClose={() => setRenamed(null)}
          submit={async (name) => {
            await send({ method: 'PATCH', path: pathOf('auth', 'passkeys', renamed.id), body: { name } });
            setRenamed(null);
            passkeys.reload();
          }}
        />
      )}
      {removed !== null && (
        <Confirm
          title={`Remove ${removed.name}?`}
          button="Remove"
          action={remove}
          onConfirm={() => void remove.run(removed.id)}
          onClose={() => setRemoved(null)}
        >
          <p>It signs you in no more. Remove it from the device, too, which goes on to offer it.</p>
        </Confirm>
      )}
    </Card>
  );
}

interface PasskeyTableProps {
  passkeys: readonly Passkey[];
  onRename: (passkey: Passkey) => void;
  onRemove: (passkey: Passkey) => void;
}

function PasskeyTable({ passkeys, onRename, onRemove }: PasskeyTableProps): JSX.Element {
  return (
    <DataTable
      label="Passkeys"
      rows={passkeys}
      keyOf={({ id }) => id}
      columns={[
        { title: 'Passkey', cell: ({ name }) => name },
        { title: 'Made', cell: ({ createdAt }) => <Time at={createdAt} /> },
        { title: 'Last used', cell: ({ lastUsedAt }) => <Time at={lastUsedAt} /> },
        {
          title: '',
          cell: (passkey) => (
            <>
              <Button kind="quiet" onClick={() => onRename(passkey)}>
                Rename
              </Button>
              <Button kind="quiet" onClick={() => onRemove(passkey)}>
                Remove
              </Button>
            </>
          ),
        },
      ]}
    />
  );
}
