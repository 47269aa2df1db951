import type { ComponentChildren, JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Button } from './button.tsx';

/** Where in a list one is, which is read forwards by cursors. */
export interface Pages {
  /** of this page; null: the first one */
  cursor: string | null;
  /** of the pages before, and this one */
  cursors: readonly string[];
  turn: (cursors: readonly string[]) => void;
}

export function usePages(): Pages {
  const [cursors, turn] = useState<readonly string[]>([]);
  return { cursor: cursors.at(-1) ?? null, cursors, turn };
}

interface PagingProps {
  pages: Pages;
  /** the cursor that the answer has; null: the last page */
  next: string | null;
  words?: readonly [back: string, on: string];
  children?: ComponentChildren;
}

/** Turns the pages of a list; nothing where there is one. */
export function Paging({
  pages: { cursors, turn },
  next,
  words: [back, on] = ['Previous', 'Next'],
  children,
}: PagingProps): JSX.Element | null {
  const isOnly = cursors.length === 0 && next === null;
  if (isOnly && children === undefined) return null;
  return (
    <div class="paging">
      <div class="spring">{children}</div>
      {!isOnly && (
        <>
          <Button isDisabled={cursors.length === 0} onClick={() => turn(cursors.slice(0, -1))}>
            {back}
          </Button>
          <span class="fine">Page {cursors.length + 1}</span>
          <Button isDisabled={next === null} onClick={() => next !== null && turn([...cursors, next])}>
            {on}
          </Button>
        </>
      )}
    </div>
  );
}
