import type { ComponentChildren, JSX } from 'preact';
import { useState } from 'preact/hooks';
import { type ServiceRequest, targetOf } from '../service/request.ts';
import { type Resource, useResource } from '../service/resource.ts';
import { Button } from './button.tsx';

/** Where in a list one is, which is read forwards by cursors. */
export interface Pages {
  /** of this page; null: the first one */
  cursor: string | null;
  /** of the pages before, and this one */
  cursors: readonly string[];
  turn: (cursors: readonly string[]) => void;
}

/** @param of which list: another one begins at its first page */
export function usePages(of: string): Pages {
  const [turned, setTurned] = useState<{ of: string; cursors: readonly string[] }>({ of, cursors: [] });
  const cursors = turned.of === of ? turned.cursors : [];
  return { cursor: cursors.at(-1) ?? null, cursors, turn: (to) => setTurned({ of, cursors: to }) };
}

export interface List<Page> {
  /** of the page that is shown */
  request: ServiceRequest;
  page: Resource<Page>;
  pages: Pages;
  /** the cursor of the next page; null: this is the last */
  next: string | null;
}

/**
 * A list of the service, a page at a time.
 *
 * @param query what narrows it; '' does not
 * @param everyMs as `useResource` takes it
 */
export function useList<Page extends { cursor: string | null }>(
  path: string,
  query: Readonly<Record<string, string>>,
  everyMs?: number,
): List<Page> {
  const narrowed: Record<string, string> = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ''));
  const pages = usePages(targetOf({ method: 'GET', path, query: narrowed }));
  const request: ServiceRequest = {
    method: 'GET',
    path,
    query: { ...narrowed, ...(pages.cursor === null ? {} : { cursor: pages.cursor }) },
  };
  const page = useResource<Page>(request, everyMs);
  return { request, page, pages, next: page.answer?.value.cursor ?? null };
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
