import type { ComponentChildren, JSX } from 'preact';
import { useState } from 'preact/hooks';
import { FormDialog } from '../../parts/dialog.tsx';
import { TextField } from '../../parts/field.tsx';
import { useAction } from '../../service/action.ts';

interface CodeDialogProps {
  title: string;
  /** what the button says */
  button: string;
  /** default: of the app, or a recovery code */
  hint?: string;
  children: ComponentChildren;
  submit: (code: string) => Promise<void>;
  onClose: () => void;
}

/** Asks for a code before something is done to the second factor. */
export function CodeDialog({
  title,
  button,
  hint = 'Of your authenticator app, or one of your recovery codes',
  children,
  submit,
  onClose,
}: CodeDialogProps): JSX.Element {
  const [code, setCode] = useState('');
  const action = useAction(async () => submit(code.trim()));
  return (
    <FormDialog title={title} button={button} action={action} onClose={onClose}>
      {children}
      <TextField label="Code" hint={hint} autocomplete="one-time-code" value={code} onInput={setCode} isRequired />
    </FormDialog>
  );
}
