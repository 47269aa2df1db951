import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import type { Action } from '../service/action.ts';
import { Button, IconButton } from './button.tsx';
import { Failure } from './notices.tsx';

interface DialogProps {
  title: string;
  /** a panel at the side keeps what it was opened from in sight */
  isPanel?: boolean;
  onClose: () => void;
  children: ComponentChildren;
}

/** The platform's own: it holds the focus, ends with Escape, and gives the focus back. */
export function Dialog({ title, isPanel = false, onClose, children }: DialogProps): JSX.Element {
  const element = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const isGone = useRef(false);
  useEffect(() => {
    const dialog = element.current;
    dialog?.showModal();
    return () => {
      // Whoever takes it away has heard; closing it gives the focus back.
      isGone.current = true;
      dialog?.close();
    };
  }, []);
  return (
    <dialog
      ref={element}
      class={isPanel ? 'panel' : 'box'}
      aria-labelledby={titleId}
      onClose={() => isGone.current || onClose()}
      // On the backdrop, which belongs to the dialog and to nothing in it.
      onClick={(event) => event.target === element.current && onClose()}
    >
      <div class="dialog-inside">
        <header>
          <h2 id={titleId}>{title}</h2>
          <IconButton icon="close" label="Close" onClick={onClose} />
        </header>
        {children}
      </div>
    </dialog>
  );
}

interface FormDialogProps extends DialogProps {
  /** what the button says */
  button: string;
  /** what the form does */
  action: Action<[]>;
}

/** Asks for what the form has, and does something with it. */
export function FormDialog({ button, action: { run, isRunning, refusal }, children, ...dialog }: FormDialogProps): JSX.Element {
  return (
    <Dialog {...dialog}>
      <form class={dialog.isPanel === true ? 'panel-form' : undefined} onSubmit={(event) => (event.preventDefault(), void run())}>
        <div class="dialog-body">
          {children}
          <Failure refusal={refusal} />
        </div>
        <footer>
          <Button onClick={dialog.onClose}>Cancel</Button>
          <Button kind="primary" type="submit" isBusy={isRunning}>
            {button}
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}

interface ConfirmProps extends Omit<DialogProps, 'isPanel'> {
  /** what the button says */
  button: string;
  /** what `onConfirm` runs */
  action: Pick<Action<[]>, 'isRunning' | 'refusal'>;
  onConfirm: () => void;
}

/** Asks before something that cannot be undone. */
export function Confirm({ button, action: { isRunning, refusal }, onConfirm, children, ...dialog }: ConfirmProps): JSX.Element {
  return (
    <Dialog {...dialog}>
      <div class="dialog-body">
        {children}
        <Failure refusal={refusal} />
      </div>
      <footer>
        <Button onClick={dialog.onClose}>Cancel</Button>
        <Button kind="danger" isBusy={isRunning} onClick={onConfirm}>
          {button}
        </Button>
      </footer>
    </Dialog>
  );
}
