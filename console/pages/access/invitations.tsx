import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Button } from '../../parts/button.tsx';
import { Clipped, DataTable } from '../../parts/data-table.tsx';
import { Choice, TextField } from '../../parts/field.tsx';
import { Failure, Loaded } from '../../parts/notices.tsx';
import { Card } from '../../parts/page.tsx';
import { Time } from '../../parts/time.tsx';
import { useAction } from '../../service/action.ts';
import { pathOf } from '../../service/request.ts';
import { useResource } from '../../service/resource.ts';
import { send } from '../../service/send.ts';
import { note } from '../../shell/notes.tsx';

interface Invitation {
  id: string;
  email: string;
  role: string;
  expiresAt: string;
}

export function Invitations({ tenant, roles }: { tenant: string; roles: readonly string[] }): JSX.Element {
  const path = pathOf(tenant, 'invitations');
  const invitations = useResource<{ invitations: Invitation[] }>({ method: 'GET', path });
  const [email, setEmail] = useState('');
  const [role, setRole] = useState('member');
  const invite = useAction(async () => {
    await send({ method: 'POST', path, body: { email, role } });
    note(`A mail to ${email} is on its way; its code is good for a week.`);
    setEmail('');
    invitations.reload();
  });
  const withdraw = useAction(async (id: string) => {
    await send({ method: 'DELETE', path: pathOf(tenant, 'invitations', id) });
    invitations.reload();
  });
  return (
    <Card title="Invitations">
      <form class="query-row" onSubmit={(event) => (event.preventDefault(), void invite.run())}>
        <TextField label="Email" type="email" value={email} onInput={setEmail} isRequired />
        <Choice label="As" value={role} options={roles.map((one) => [one, one] as const)} onChange={setRole} />
        <Button kind="primary" type="submit" icon="mail" isBusy={invite.isRunning}>
          Invite
        </Button>
      </form>
      <Failure refusal={invite.refusal ?? withdraw.refusal} />
      <Loaded resource={invitations}>
        {({ invitations: rows }) =>
          rows.length === 0 ? (
            <p class="muted">Nobody is invited at the moment.</p>
          ) : (
            <DataTable
              label="Invitations"
              rows={rows}
              keyOf={({ id }) => id}
              columns={[
                { title: 'Email', cell: (invitation) => <Clipped text={invitation.email} /> },
                { title: 'As', cell: (invitation) => invitation.role },
                { title: 'Ends', cell: ({ expiresAt }) => <Time at={expiresAt} /> },
                {
                  title: '',
                  cell: ({ id }) => (
                    <Button kind="quiet" isDisabled={withdraw.isRunning} onClick={() => void withdraw.run(id)}>
                      Withdraw
                    </Button>
                  ),
                },
              ]}
            />
          )
        }
      </Loaded>
    </Card>
  );
}
