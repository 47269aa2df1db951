/** Short words on what was done, where there is nothing else to see of it. */
import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

const SHOWN_FOR_MS = 6_000;
const notes = signal<readonly { id: number; text: string }[]>([]);
let lastId = 0;

export function note(text: string): void {
  const id = ++lastId;
  notes.value = [...notes.value, { id, text }];
  setTimeout(() => (notes.value = notes.value.filter((one) => one.id !== id)), SHOWN_FOR_MS);
}

export function Notes(): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const latest = notes.value.at(-1)?.id;
  // On top of whatever has been opened since the note before.
  useEffect(() => {
    place.current?.hidePopover();
    if (latest !== undefined) place.current?.showPopover();
  }, [latest]);
  return (
    <div ref={place} class="notes" popover="manual" role="status">
      {notes.value.map(({ id, text }) => (
        <p key={id}>{text}</p>
      ))}
    </div>
  );
}
