import { type FollowStatus, StreamClient, type StreamEvent } from 'steamer/client';
import { useEffect, useState } from 'preact/hooks';
import { pathOf } from './request.ts';
import { asRefusal, type Refusal } from './refusal.ts';

export function streamsOf(tenant: string): StreamClient {
  return new StreamClient({ url: `${location.origin}${pathOf(tenant)}` });
}

export interface Followed<Value> {
  /** the latest of them, at most as many as are kept; the newest last */
  events: readonly StreamEvent<Value>[];
  status: FollowStatus | 'ended';
  refusal: Refusal | null;
}

interface FollowedFrom {
  tenant: string;
  /** null: nothing is followed */
  name: string | null;
  offset: string;
  keep: number;
}

/** A stream, as long as the page shows it: through lost connections and restarts of the service. */
export function useFollowed<Value>({ tenant, name, offset, keep }: FollowedFrom): Followed<Value> {
  const [followed, setFollowed] = useState<Followed<Value>>({ events: [], status: 'connecting', refusal: null });
  useEffect(() => {
    if (name === null) return undefined;
    const abort = new AbortController();
    const waiting: StreamEvent<Value>[] = [];
    setFollowed({ events: [], status: 'connecting', refusal: null });
    const change = (changes: Partial<Followed<Value>>): void => {
      if (!abort.signal.aborted) setFollowed((before) => ({ ...before, ...changes }));
    };
    // Many may come at once; they are shown together.
    const show = (): void => {
      const more = waiting.splice(0);
      if (!abort.signal.aborted) setFollowed((before) => ({ ...before, events: [...before.events, ...more].slice(-keep) }));
    };
    const follow = async (): Promise<void> => {
      try {
        const events = streamsOf(tenant).follow<Value>(name, { offset, signal: abort.signal, onStatus: (status) => change({ status }) });
        for await (const event of events) {
          if (waiting.push(event) === 1) requestAnimationFrame(show);
        }
        change({ status: 'ended' });
      } catch (error) {
        change({ status: 'ended', refusal: asRefusal(error) });
      }
    };
    void follow(); // never fails
    return () => abort.abort();
  }, [tenant, name, offset, keep]);
  return followed;
}
