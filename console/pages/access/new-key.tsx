import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Scope } from '../../../src/wire/principal.ts';
import { FormDialog } from '../../parts/dialog.tsx';
import { Checkbox, Choice, TextField } from '../../parts/field.tsx';
import { useAction } from '../../service/action.ts';
import { pathOf } from '../../service/request.ts';
import { send } from '../../service/send.ts';

export interface ApiKey {
  kid: string;
  name: string;
  prefix: string;
  last4: string;
  status: 'active' | 'rotating' | 'revoked' | 'expired';
  scopes: readonly Scope[];
  role: string | null;
  subject: string | null;
  expiresAt: string | null;
  revokedAt: string | null;
  lastUsedAt: string | null;
}

/** What a key may have; the rest is for people. */
const SCOPES: Readonly<Record<Exclude<Scope, 'tenant:admin' | 'operator'>, string>> = {
  'models:read': 'read models',
  'models:write': 'write models',
  'streams:read': 'read streams',
  'streams:write': 'write streams',
  'files:read': 'read files',
  'files:write': 'write files',
  'workflows:read': 'see runs of workflows',
  'workflows:write': 'act on runs of workflows',
};
const DAY_MS = 86_400_000;
const LIVES = [
  ['', 'for ever'],
  ['30', '30 days'],
  ['90', '90 days'],
  ['365', 'a year'],
] as const;

interface NewKeyProps {
  tenant: string;
  onCreated: (token: string) => void;
  onClose: () => void;
}

export function NewKey({ tenant, onCreated, onClose }: NewKeyProps): JSX.Element {
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<readonly string[]>(['models:read']);
  const [role, setRole] = useState('');
  const [subject, setSubject] = useState('');
  const [addresses, setAddresses] = useState('');
  const [days, setDays] = useState<(typeof LIVES)[number][0]>('');
  const create = useAction(async () => {
    const listed = addresses.split(/[\s,]+/).filter((one) => one !== '');
    const body = {
      name,
      scopes,
      ...(role === '' ? {} : { role }),
      ...(subject === '' ? {} : { subject }),
      ...(listed.length === 0 ? {} : { addresses: listed }),
      ...(days === '' ? {} : { expiresAt: new Date(Date.now() + Number(days) * DAY_MS).toISOString() }),
    };
    const { value } = await send<{ token: string }>({ method: 'POST', path: pathOf(tenant, 'keys'), body });
    onCreated(value.token);
  });
  return (
    <FormDialog isPanel title="New API key" button="Make the key" action={create} onClose={onClose}>
      <TextField label="Name" hint="What will use it" value={name} onInput={setName} isRequired />
      <fieldset>
        <legend>It may</legend>
        {Object.entries(SCOPES).map(([scope, text]) => (
          <Checkbox
            key={scope}
            label={
              <>
                {text} <code class="muted">{scope}</code>
              </>
            }
            isChecked={scopes.includes(scope)}
            onChange={(isChecked) => setScopes(isChecked ? [...scopes, scope] : scopes.filter((one) => one !== scope))}
          />
        ))}
      </fieldset>
      <Choice label="It lives" value={days} options={LIVES} onChange={setDays} />
      <TextField
        label="In the role"
        hint="Of the access rules of models; left empty: a backend of your own"
        value={role}
        onInput={setRole}
      />
      <TextField label="For the user" hint="Whose items it may touch, where rules ask for the owner" value={subject} onInput={setSubject} />
      <TextField
        label="From the addresses"
        hint="Addresses and ranges with commas; left empty: from everywhere"
        value={addresses}
        onInput={setAddresses}
      />
    </FormDialog>
  );
}
