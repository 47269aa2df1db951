import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Button } from '../../parts/button.tsx';
import { CurlLine } from '../../parts/code.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { Confirm } from '../../parts/dialog.tsx';
import { Failure, Loaded } from '../../parts/notices.tsx';
import { Page } from '../../parts/page.tsx';
import { Time } from '../../parts/time.tsx';
import { useAction } from '../../service/action.ts';
import { pathOf, type ServiceRequest } from '../../service/request.ts';
import { useResource } from '../../service/resource.ts';
import { send } from '../../service/send.ts';
import { note } from '../../shell/notes.tsx';
import type { PageProps } from '../../shell/pages.tsx';
import { Invitations } from './invitations.tsx';
import { NotForYou } from '../../parts/not-for-you.tsx';

interface Member {
  user: string;
  email: string;
  fullName: string;
  role: string;
  since: string;
}

const ROLES = ['owner', 'admin', 'member'];

/** Who belongs to a tenant, as what, and who is invited. */
export function Members({ tenant, role }: PageProps): JSX.Element {
  const request: ServiceRequest = { method: 'GET', path: pathOf(tenant, 'members') };
  const members = useResource<{ members: Member[] }>(request);
  const [removed, setRemoved] = useState<Member | null>(null);
  const change = useAction(async (user: string, to: string) => {
    await send({ method: 'PATCH', path: pathOf(tenant, 'members', user), body: { role: to } });
    note('The role counts with the next request.');
    members.reload();
  });
  const remove = useAction(async (user: string) => {
    await send({ method: 'DELETE', path: pathOf(tenant, 'members', user) });
    setRemoved(null);
    members.reload();
  });
  return (
    <Page title="Members" lead="Owners and admins manage the tenant; other roles are what the access rules of models ask for.">
      <NotForYou role={role} refusal={members.refusal}>
        <Failure refusal={change.refusal} />
        <Loaded resource={members}>
          {({ members: rows }) => (
            <DataTable
              label="Members"
              rows={rows}
              keyOf={({ user }) => user}
              columns={[
                { title: 'Member', cell: ({ fullName }) => fullName },
                { title: 'Email', cell: ({ email }) => email },
                {
                  title: 'Role',
                  cell: (member) => (
                    <RoleChoice member={member} isDisabled={change.isRunning} onChange={(to) => void change.run(member.user, to)} />
                  ),
                },
                { title: 'Since', cell: ({ since }) => <Time at={since} /> },
                {
                  title: '',
                  cell: (member) => (
                    <Button kind="quiet" onClick={() => setRemoved(member)}>
                      Remove
                    </Button>
                  ),
                },
              ]}
            />
          )}
        </Loaded>
        <Invitations tenant={tenant} roles={ROLES} />
        <CurlLine request={request} />
      </NotForYou>
      {removed !== null && (
        <Confirm
          title={`Remove ${removed.fullName}?`}
          button="Remove"
          action={remove}
          onConfirm={() => void remove.run(removed.user)}
          onClose={() => setRemoved(null)}
        >
          <p>
            {removed.email} gets at nothing of {tenant} from the next request on. Keys that act for them stay.
          </p>
        </Confirm>
      )}
    </Page>
  );
}

function RoleChoice({
  member: { fullName, role },
  isDisabled,
  onChange,
}: {
  member: Member;
  isDisabled: boolean;
  onChange: (role: string) => void;
}): JSX.Element {
  const roles = ROLES.includes(role) ? ROLES : [...ROLES, role];
  return (
    <select
      class="small"
      aria-label={`Role of ${fullName}`}
      disabled={isDisabled}
      onChange={(event) => onChange(event.currentTarget.value)}
    >
      {roles.map((one) => (
        <option key={one} value={one} selected={one === role}>
          {one}
        </option>
      ))}
    </select>
  );
}
