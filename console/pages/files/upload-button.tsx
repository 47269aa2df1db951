import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { Button } from '../../parts/button.tsx';

/** Takes a file of the visitor's. */
export function UploadButton({ isBusy, onFile }: { isBusy: boolean; onFile: (file: File) => void }): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  const take = (): void => {
    const file = input.current?.files?.[0];
    if (file !== undefined) onFile(file);
    // The same one may be chosen again.
    if (input.current) input.current.value = '';
  };
  return (
    <>
      <input ref={input} type="file" hidden onChange={take} />
      <Button kind="primary" icon="upload" isBusy={isBusy} onClick={() => input.current?.click()}>
        {isBusy ? 'Sending' : 'Send a file'}
      </Button>
    </>
  );
}
