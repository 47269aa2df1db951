import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { User } from 'steamer/client';
import { Button } from '../../parts/button.tsx';
import { FormDialog } from '../../parts/dialog.tsx';
import { NewPasswordField, TextField } from '../../parts/field.tsx';
import { Facts } from '../../parts/figures.tsx';
import { Card } from '../../parts/page.tsx';
import { useAction } from '../../service/action.ts';
import { send } from '../../service/send.ts';
import { note } from '../../shell/notes.tsx';
import { readSession } from '../../shell/session.ts';

interface ChangeProps {
  user: User;
  onClose: () => void;
}

const CHANGES = { name: FullNameDialog, address: AddressDialog, password: PasswordDialog };

/** Who has signed in, and what of that can be changed. */
export function Profile({ user }: { user: User }): JSX.Element {
  const [change, setChange] = useState<keyof typeof CHANGES | null>(null);
  const Change = change === null ? null : CHANGES[change];
  return (
    <Card title="You">
      <Facts
        facts={[
          ['Name', user.fullName],
          ['Email', user.email],
        ]}
      />
      <div class="query-actions changes">
        <Button onClick={() => setChange('name')}>Change the name</Button>
        <Button onClick={() => setChange('address')}>Change the address</Button>
        <Button onClick={() => setChange('password')}>Change the password</Button>
      </div>
      {Change !== null && <Change user={user} onClose={() => setChange(null)} />}
    </Card>
  );
}

function FullNameDialog({ user, onClose }: ChangeProps): JSX.Element {
  const [fullName, setFullName] = useState(user.fullName);
  const change = useAction(async () => {
    await send({ method: 'PATCH', path: '/v1/auth/me', body: { fullName } });
    await readSession();
    onClose();
  });
  return (
    <FormDialog title="Your name" button="Change it" action={change} onClose={onClose}>
      <TextField
        label="Full name"
        autocomplete="name"
        value={fullName}
        onInput={setFullName}
        error={change.refusal?.of('/fullName')}
        isRequired
      />
    </FormDialog>
  );
}

/** The new address is asked whether it is theirs, before it counts. */
function AddressDialog({ user, onClose }: ChangeProps): JSX.Element {
  const [email, setEmail] = useState('');
  const [isAsked, setAsked] = useState(false);
  const [code, setCode] = useState('');
  const change = useAction(async () => {
    if (!isAsked) {
      await send({ method: 'POST', path: '/v1/auth/change-email', body: { email } });
      setAsked(true);
      return;
    }
    await send({ method: 'POST', path: '/v1/auth/confirm-email', body: { code: code.trim() } });
    note(`Your address is ${email} now.`);
    await readSession();
    onClose();
  });
  return (
    <FormDialog title="Your address" button={isAsked ? 'Confirm it' : 'Send me a code'} action={change} onClose={onClose}>
      {isAsked ? (
        <TextField label="Code" hint={`Of the mail to ${email}`} autocomplete="one-time-code" value={code} onInput={setCode} isRequired />
      ) : (
        <TextField
          label="New address"
          type="email"
          hint={`It is ${user.email} until the new one is confirmed`}
          autocomplete="email"
          value={email}
          onInput={setEmail}
          error={change.refusal?.of('/email')}
          isRequired
        />
      )}
    </FormDialog>
  );
}

function PasswordDialog({ onClose }: ChangeProps): JSX.Element {
  const [currentPassword, setCurrent] = useState('');
  const [password, setPassword] = useState('');
  const change = useAction(async () => {
    await send({ method: 'POST', path: '/v1/auth/change-password', body: { currentPassword, password } });
    note('The password is changed, and all other sessions have ended.');
    onClose();
  });
  return (
    <FormDialog title="Your password" button="Change it" action={change} onClose={onClose}>
      <TextField
        label="Password until now"
        type="password"
        autocomplete="current-password"
        value={currentPassword}
        onInput={setCurrent}
        isRequired
      />
      <NewPasswordField label="New password" value={password} onInput={setPassword} error={change.refusal?.of('/password')} />
    </FormDialog>
  );
}
