import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Button } from '../../parts/button.tsx';
import { Code } from '../../parts/code.tsx';
import { Failure } from '../../parts/notices.tsx';
import { Card } from '../../parts/page.tsx';
import { QrCode } from '../../parts/qr-code.tsx';
import { useAction } from '../../service/action.ts';
import { send } from '../../service/send.ts';
import { note } from '../../shell/notes.tsx';
import { CodeDialog } from './code-dialog.tsx';

interface Begun {
  secret: string;
  uri: string;
}

/** An app that makes codes: set up, and taken away. */
export function Authenticator({ isOn, onChange }: { isOn: boolean; onChange: (recoveryCodes?: readonly string[]) => void }): JSX.Element {
  const [begun, setBegun] = useState<Begun | null>(null);
  const [isRemoving, setRemoving] = useState(false);
  const begin = useAction(async () => setBegun((await send<Begun>({ method: 'POST', path: '/v1/auth/totp' })).value));
  const action = isOn ? (
    <Button onClick={() => setRemoving(true)}>Remove</Button>
  ) : (
    <Button isBusy={begin.isRunning} onClick={() => void begin.run()}>
      Set up
    </Button>
  );
  return (
    <Card title="Authenticator" actions={action}>
      <Failure refusal={begin.refusal} />
      {isOn ? (
        <p>
          <span class="badge ok">on</span> Signing in with a password takes a code of your app.
        </p>
      ) : (
        <p class="muted">An app on your phone makes codes, which signing in with a password takes from then on.</p>
      )}
      {begun !== null && (
        <CodeDialog
          title="Set up your authenticator"
          button="Turn it on"
          hint="Six digits, which the app shows now"
          onClose={() => setBegun(null)}
          submit={async (code) => {
            const { value } = await send<{ recoveryCodes: string[] }>({ method: 'POST', path: '/v1/auth/totp/confirm', body: { code } });
            setBegun(null);
            onChange(value.recoveryCodes);
          }}
        >
          <p>Scan this with your authenticator app, or type the secret into it.</p>
          <QrCode text={begun.uri} label="The secret, for the camera of your authenticator app" />
          <Code text={begun.secret} label="the secret" isWrapped />
        </CodeDialog>
      )}
      {isRemoving && (
        <CodeDialog
          title="Remove the authenticator?"
          button="Remove"
          onClose={() => setRemoving(false)}
          submit={async (code) => {
            await send({ method: 'POST', path: '/v1/auth/totp/remove', body: { code } });
            setRemoving(false);
            note('Signing in takes no code of the app any more.');
            onChange();
          }}
        >
          <p>Signing in will take your password alone, unless you have a passkey.</p>
        </CodeDialog>
      )}
    </Card>
  );
}
