import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { FormDialog } from '../../parts/dialog.tsx';
import { TextField } from '../../parts/field.tsx';
import { useAction } from '../../service/action.ts';

interface NameDialogProps {
  title: string;
  /** what the button says */
  button: string;
  initial: string;
  submit: (name: string) => Promise<void>;
  onClose: () => void;
}

/** Asks for the name of a passkey. */
export function NameDialog({ title, button, initial, submit, onClose }: NameDialogProps): JSX.Element {
  const [name, setName] = useState(initial);
  const action = useAction(async () => submit(name));
  return (
    <FormDialog title={title} button={button} action={action} onClose={onClose}>
      <TextField
        label="Name"
        hint="For you, to tell it from others"
        placeholder="My laptop"
        value={name}
        onInput={setName}
        error={action.refusal?.of('/name')}
        isRequired
      />
    </FormDialog>
  );
}
