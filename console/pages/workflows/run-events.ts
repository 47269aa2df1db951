/** What happens in a run: followed as it happens, or, where runs are kept in D1 and cannot be, asked for again and again. */
import { useEffect, useState } from 'preact/hooks';
import { createClient } from 'steamer/client';
import { asRefusal, type Refusal } from '../../service/refusal.ts';
import { pathOf } from '../../service/request.ts';
import { useReloadAfter, useResource } from '../../service/resource.ts';
import type { RunEvent } from './run.ts';

const REFRESH_MS = 2_000;
const MANY = '1000';

export interface RunEvents {
  /** in their order; null before the first */
  events: readonly RunEvent[] | null;
  refusal: Refusal | null;
}

/** @param hasEnded nothing more happens then */
export function useRunEvents(tenant: string, runId: string, hasEnded: boolean): RunEvents {
  const [followed, setFollowed] = useState<RunEvents>({ events: null, refusal: null });
  useEffect(() => follow(tenant, runId, setFollowed), [tenant, runId]);
  const isInD1 = followed.events === null && followed.refusal?.code === 'not_found';
  const path = pathOf(tenant, 'workflows', 'runs', runId, 'events');
  const asked = useResource<{ items: RunEvent[] }>(
    isInD1 ? { method: 'GET', path, query: { limit: MANY, payloads: 'true' } } : null,
    hasEnded ? undefined : REFRESH_MS,
  );
  // The run may have said that it has ended when its last events were not there yet.
  useReloadAfter(asked, Number(hasEnded));
  return isInD1 ? { events: asked.answer?.value.items ?? null, refusal: asked.refusal } : followed;
}

/** Tells what has happened whenever more did, many events at once where they come at once. @returns ends it */
function follow(tenant: string, runId: string, tell: (followed: RunEvents) => void): () => void {
  const abort = new AbortController();
  const events: RunEvent[] = [];
  const show = (refusal: Refusal | null): void => {
    if (!abort.signal.aborted) tell({ events: events.length === 0 ? null : [...events], refusal });
  };
  const work = async (): Promise<void> => {
    const { workflows } = createClient({ url: location.origin + pathOf(tenant) });
    let isWaiting = false;
    try {
      for await (const { cursor, event } of workflows.events(runId, { signal: abort.signal })) {
        events.push({ ...event, cursor });
        if (isWaiting) continue;
        isWaiting = true;
        requestAnimationFrame(() => {
          isWaiting = false;
          show(null);
        });
      }
    } catch (error) {
      show(asRefusal(error));
    }
  };
  void work(); // never fails
  return () => abort.abort();
}
