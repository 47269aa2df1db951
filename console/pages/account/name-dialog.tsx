import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { TextField } from '../../parts/field.tsx';
import { Failure } from '../../parts/notices.tsx';
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
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={(event) => (event.preventDefault(), void run())}>
        <div class="dialog-body">
          <TextField
            label="Name"
            hint="For you, to tell it from others"
            placeholder="My laptop"
            value={name}
            onInput={setName}
            error={refusal?.of('/name')}
            isRequired
          />
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
