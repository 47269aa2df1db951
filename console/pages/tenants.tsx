import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Button } from '../parts/button.tsx';
import { Clipped, DataTable } from '../parts/data-table.tsx';
import { TextField } from '../parts/field.tsx';
import { Empty, Failure } from '../parts/notices.tsx';
import { Card, Page } from '../parts/page.tsx';
import { useAction } from '../service/action.ts';
import { send } from '../service/send.ts';
import { codeOfMail, ofMail } from '../shell/mail-link.ts';
import { note } from '../shell/notes.tsx';
import { go, linkTo } from '../shell/route.ts';
import { readSession, session } from '../shell/session.ts';

/** The tenants of whoever has signed in; makes one, or accepts an invitation to one. */
export function Tenants(): JSX.Element {
  const tenants = session.value.kind === 'in' ? session.value.tenants : [];
  return (
    <Page title="Tenants" lead="Each has data, members, keys and limits of its own.">
      {tenants.length === 0 ? (
        <Empty icon="archive" title="You have no tenant yet">
          <p>Make one below, or enter the code of an invitation.</p>
        </Empty>
      ) : (
        <DataTable
          label="Tenants"
          rows={tenants}
          keyOf={({ id }) => id}
          columns={[
            {
              title: 'Tenant',
              cell: ({ id, name }) => (
                <a href={linkTo(id, 'overview')}>
                  <Clipped text={name} />
                </a>
              ),
            },
            { title: 'Id', cell: ({ id }) => <code>{id}</code> },
            { title: 'You are', cell: ({ role }) => role },
            { title: 'Plan', cell: ({ plan }) => plan },
            {
              title: 'State',
              cell: ({ isSuspended }) => (isSuspended ? <span class="badge warn">suspended</span> : <span class="badge ok">active</span>),
            },
          ]}
        />
      )}
      <div class="beside">
        <NewTenant />
        <AcceptInvitation />
      </div>
    </Page>
  );
}

function NewTenant(): JSX.Element {
  const [id, setId] = useState('');
  const [name, setName] = useState('');
  const { run, isRunning, refusal } = useAction(async () => {
    await send({ method: 'POST', path: '/v1/auth/tenants', body: { id, name } });
    await readSession();
    go(linkTo(id, 'overview'));
  });
  return (
    <Card title="Make a tenant">
      <form onSubmit={(event) => (event.preventDefault(), void run())}>
        <TextField label="Name" value={name} onInput={setName} isRequired />
        <TextField label="Id" hint="As it stands in paths: lower-case letters, digits and hyphens" value={id} onInput={setId} isRequired />
        <Failure refusal={refusal} />
        <Button kind="primary" type="submit" isBusy={isRunning}>
          Make the tenant
        </Button>
      </form>
    </Card>
  );
}

function AcceptInvitation(): JSX.Element {
  const [code, setCode] = useState(codeOfMail('accept-invitation'));
  // Once it is here it is accepted, or left.
  useEffect(() => void (ofMail.value = null), []);
  const { run, isRunning, refusal } = useAction(async () => {
    const { value } = await send<{ tenant: string; role: string }>({
      method: 'POST',
      path: '/v1/auth/invitations/accept',
      body: { code: code.trim() },
    });
    note(`You are a ${value.role} of ${value.tenant} now.`);
    await readSession();
    go(linkTo(value.tenant, 'overview'));
  });
  return (
    <Card title="Accept an invitation">
      <form onSubmit={(event) => (event.preventDefault(), void run())}>
        <TextField label="Code" hint="As the mail has it" value={code} onInput={setCode} isRequired />
        <Failure refusal={refusal} />
        <Button type="submit" isBusy={isRunning}>
          Accept
        </Button>
      </form>
    </Card>
  );
}
