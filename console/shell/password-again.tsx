/** Asks for the password once more where the service wants it, and lets the request that waits go on. */
import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Button } from '../parts/button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { TextField } from '../parts/field.tsx';
import { Failure } from '../parts/notices.tsx';
import { useAction } from '../service/action.ts';
import { showPasskey } from '../service/passkeys.ts';
import { onReauthentication, send } from '../service/send.ts';
import { useSecondFactor } from './second-factor.tsx';

const waiting = signal<((isRight: boolean) => void) | null>(null);

onReauthentication(() => new Promise((resolve) => (waiting.value = resolve)));

export function PasswordAgain(): JSX.Element | null {
  return waiting.value === null ? null : <AskPassword answer={waiting.value} />;
}

function AskPassword({ answer }: { answer: (isRight: boolean) => void }): JSX.Element {
  const [password, setPassword] = useState('');
  const secondFactor = useSecondFactor();
  const end = (isRight: boolean): void => {
    waiting.value = null;
    answer(isRight);
  };
  const { run, isRunning, refusal } = useAction(async () => {
    if (await secondFactor.post('/v1/auth/confirm-password', { password })) end(true);
  });
  const byPasskey = useAction(async () => {
    await send({ method: 'POST', path: '/v1/auth/confirm-passkey', body: { passkey: await showPasskey() } });
    end(true);
  });
  return (
    <Dialog title="Your password, once more" onClose={() => end(false)}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <div class="dialog-body">
          <p>What you are about to do needs it, unless it was given within ten minutes.</p>
          <TextField label="Password" type="password" autocomplete="current-password" value={password} onInput={setPassword} isRequired />
          {secondFactor.field}
          <Failure refusal={refusal ?? byPasskey.refusal} />
        </div>
        <footer>
          <Button kind="quiet" onClick={() => void byPasskey.run()}>
            Use a passkey
          </Button>
          <Button onClick={() => end(false)}>Cancel</Button>
          <Button kind="primary" type="submit" isBusy={isRunning}>
            Go on
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}
