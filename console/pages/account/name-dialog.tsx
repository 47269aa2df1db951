import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { FormDialog } from '../../parts/dialog.tsx';
import { TextField } from '../../parts/field.tsx';
import { useAction } from '../../service/action.ts';

interface NameDialogProps {
  title: string;
  /** what the button says */
  action: string;
  initial: string;
  submit: (name: string) => Promise<void>;
  onClose: () => void;
}

/** Asks for the name of a passkey. */
export function NameDialog({ title, action, initial, submit, onClose }: NameDialogProps): JSX.Element {
  const [name, setName] = useState(initial);
  const { run, isRunning, refusal } = useAction(async () => submit(name));
  return (
    <FormDialog title={title} action={action} isRunning={isRunning} refusal={refusal} onSubmit={() => void run()} onClose={onClose}>
      <TextField
        label="Name"
        hint="For you, to tell it from others"
        placeholder="My laptop"
        value={name}
        onInput={setName}
        error={refusal?.of('/name')}
        isRequired
      />
    </FormDialog>
  );
}
