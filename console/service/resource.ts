/** What a page shows of the service: asked for when it is needed, again when the request is another one, and whenever somebody wants. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { asRefusal, type Refusal } from './refusal.ts';
import { type ServiceRequest, targetOf } from './request.ts';
import { type Answer, send } from './send.ts';

export interface Resource<Value> {
  /** the latest answer to this request; null before the first */
  answer: Answer<Value> | null;
  /** why the latest attempt failed */
  refusal: Refusal | null;
  isLoading: boolean;
  reload: () => void;
}

interface State<Value> {
  target: string | null;
  answer: Answer<Value> | null;
  refusal: Refusal | null;
  isLoading: boolean;
}

/**
 * The answer to a GET, kept while the request stays the same.
 *
 * @param request null: nothing to ask yet
 * @param everyMs asks again so long after each answer, while the page is in sight
 */
export function useResource<Value>(request: ServiceRequest | null, everyMs?: number): Resource<Value> {
  const target = request === null ? null : targetOf(request);
  const [round, setRound] = useState(0);
  const [state, setState] = useState<State<Value>>({ target, answer: null, refusal: null, isLoading: target !== null });
  const latest = useRef(request);
  latest.current = request;

  useEffect(() => {
    const asked = latest.current;
    if (asked === null) return undefined;
    const abort = new AbortController();
    setState((before) => ({ ...(before.target === target ? before : { target, answer: null, refusal: null }), isLoading: true }));
    const settle = async (): Promise<void> => {
      const outcome = await load<Value>(asked, abort.signal);
      if (abort.signal.aborted) return;
      setState((before) => ({
        target,
        answer: before.target === target ? before.answer : null,
        refusal: null,
        ...outcome,
        isLoading: false,
      }));
    };
    void settle(); // never fails
    return () => abort.abort();
  }, [target, round]);

  const reload = useCallback(() => setRound((count) => count + 1), []);
  useEffect(() => {
    if (everyMs === undefined || state.isLoading) return undefined;
    const timer = setInterval(() => document.visibilityState === 'visible' && reload(), everyMs);
    return () => clearInterval(timer);
  }, [everyMs, reload, state.isLoading]);

  return state.target === target ? { ...state, reload } : { answer: null, refusal: null, isLoading: target !== null, reload };
}

/** Asks again when more has happened, as fast as answers come. */
export function useReloadAfter<Value>({ isLoading, reload }: Resource<Value>, happened: number): void {
  const [asked, setAsked] = useState(happened);
  useEffect(() => {
    if (happened === asked || isLoading) return;
    setAsked(happened);
    reload();
  }, [happened, asked, isLoading]);
}

/** Never fails: a refusal is an outcome. */
async function load<Value>(request: ServiceRequest, abort: AbortSignal): Promise<{ answer: Answer<Value> } | { refusal: Refusal }> {
  try {
    return { answer: await send<Value>(request, abort) };
  } catch (error) {
    return { refusal: asRefusal(error) };
  }
}
