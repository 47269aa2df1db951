import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import type { Refusal } from '../service/refusal.ts';
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
  action: string;
  isRunning: boolean;
  refusal: Refusal | null;
  onSubmit: () => void;
}

/** Asks for what the form has, and does something with it. */
export function FormDialog({ action, isRunning, refusal, onSubmit, children, ...dialog }: FormDialogProps): JSX.Element {
  return (
    <Dialog {...dialog}>
      <form class={dialog.isPanel === true ? 'panel-form' : undefined} onSubmit={(event) => (event.preventDefault(), onSubmit())}>
        <div class="dialog-body">
          {children}
          <Failure refusal={refusal} />
        </div>
        <footer>
          <Button onClick={dialog.onClose}>Cancel</Button>
          <Button kind="primary" type="submit" isBusy={isRunning}>
            {action}
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}

interface ConfirmProps {
  title: string;
  children: ComponentChildren;
  /** what the button says */
  action: string;
  isRunning: boolean;
  refusal: Refusal | null;
  onConfirm: () => void;
  onClose: () => void;
}

/** Asks before something that cannot be undone. */
export function Confirm({ title, children, action, isRunning, refusal, onConfirm, onClose }: ConfirmProps): JSX.Element {
  return (
    <Dialog title={title} onClose={onClose}>
      <div class="dialog-body">
        {children}
        <Failure refusal={refusal} />
      </div>
      <footer>
        <Button onClick={onClose}>Cancel</Button>
        <Button kind="danger" isBusy={isRunning} onClick={onConfirm}>
          {action}
        </Button>
      </footer>
    </Dialog>
  );
}
