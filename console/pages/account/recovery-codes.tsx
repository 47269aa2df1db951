import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Button } from '../../parts/button.tsx';
import { Code } from '../../parts/code.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Card } from '../../parts/page.tsx';
import { send } from '../../service/send.ts';
import { CodeDialog } from './code-dialog.tsx';

interface RecoveryCodesProps {
  left: number;
  /** whether the account has a second factor */
  isNeeded: boolean;
  onChange: (codes: readonly string[]) => void;
}

/** What signs in when the second factor is lost: how many are left, and new ones. */
export function RecoveryCodes({ left, isNeeded, onChange }: RecoveryCodesProps): JSX.Element {
  const [isAsking, setAsking] = useState(false);
  return (
    <Card title="Recovery codes" actions={isNeeded && <Button onClick={() => setAsking(true)}>New codes</Button>}>
      <p class="muted">
        {isNeeded
          ? `${left === 1 ? 'One code is' : `${left} codes are`} left. Each signs in once, in place of the second factor.`
          : 'You get ten of them with your first passkey or authenticator: they sign in when that is lost.'}
      </p>
      {isAsking && (
        <CodeDialog
          title="New recovery codes"
          button="Make new codes"
          onClose={() => setAsking(false)}
          submit={async (code) => {
            const { value } = await send<{ recoveryCodes: string[] }>({ method: 'POST', path: '/v1/auth/recovery-codes', body: { code } });
            setAsking(false);
            onChange(value.recoveryCodes);
          }}
        >
          <p>Those that you have are good no longer.</p>
        </CodeDialog>
      )}
    </Card>
  );
}

/** Codes that were made a moment ago. */
export function ShownCodes({ codes, onClose }: { codes: readonly string[]; onClose: () => void }): JSX.Element {
  return (
    <Dialog title="Your recovery codes" onClose={onClose}>
      <div class="dialog-body">
        <p>Keep them where you find them without this device. They are shown this once; each signs in once.</p>
        <Code text={codes.join('\n')} label="recovery codes" />
      </div>
      <footer>
        <Button kind="primary" onClick={onClose}>
          I have them
        </Button>
      </footer>
    </Dialog>
  );
}
