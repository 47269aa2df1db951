import type { ComponentChildren, JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { TextField } from '../../parts/field.tsx';
import { Failure } from '../../parts/notices.tsx';
import { useAction } from '../../service/action.ts';

interface CodeDialogProps {
  title: string;
  /** what the button says */
  action: string;
  /** default: of the app, or a recovery code */
  hint?: string;
  children: ComponentChildren;
  submit: (code: string) => Promise<void>;
  onClose: () => void;
}

/** Asks for a code before something is done to the second factor. */
export function CodeDialog({
  title,
  action,
  hint = 'Of your authenticator app, or one of your recovery codes',
  children,
  submit,
  onClose,
}: CodeDialogProps): JSX.Element {
  const [code, setCode] = useState('');
  const { run, isRunning, refusal } = useAction(async () => submit(code.trim()));
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={(event) => (event.preventDefault(), void run())}>
        <div class="dialog-body">
          {children}
          <TextField label="Code" hint={hint} autocomplete="one-time-code" value={code} onInput={setCode} isRequired />
          <Failure refusal={refusal} />
        </div>
        <footer>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" isBusy={isRunning}>
            {action}
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}
