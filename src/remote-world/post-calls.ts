/** One request of calls, made again until there is an answer: calls have names, and are not made twice. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isPlainObject } from '../lib/plain-object.ts';
import { invalid, tooLarge, unreachable, type WorldErrorData } from '../runs/world-error.ts';
import type { CallAccess } from '../wire/limits.ts';

export interface CallTarget {
  /** "https://api.example.com/v1/acme/workflows/apps/shop" */
  url: string;
  key: string;
}

/** `isOfContent`: it is what was sent that is refused, and not whoever sends it. */
export type CallsAnswer = { kind: 'answered'; bytes: Uint8Array } | { kind: 'refused'; error: WorldErrorData; isOfContent: boolean };

const ATTEMPTS = 5;
const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 10_000;
/** What waits for a chunk of a stream is answered after 20 seconds. */
const TIMEOUT_MS = 60_000;

/** What an attempt came to: an answer, or when to make the next one. */
type Attempt = CallsAnswer | { kind: 'again'; reason: string; afterMs: number };

/** @returns refused with status 503, which the SDK's queue repeats, when there was no answer */
export async function postCalls(target: CallTarget, access: CallAccess, body: Uint8Array<ArrayBuffer>): Promise<CallsAnswer> {
  for (let attempt = 1; ; attempt++) {
    const result = await tryOnce(target, access, body);
    if (result.kind !== 'again') return result;
    if (attempt === ATTEMPTS) return { kind: 'refused', error: unreachable(`Steamer: ${result.reason}`), isOfContent: false };
    const backoffMs = FIRST_DELAY_MS * 4 ** (attempt - 1) * (0.5 + Math.random() / 2);
    await sleep(Math.min(MAX_DELAY_MS, Math.max(result.afterMs, backoffMs)));
  }
}

async function tryOnce({ url, key }: CallTarget, access: CallAccess, body: Uint8Array<ArrayBuffer>): Promise<Attempt> {
  try {
    const response = await fetch(`${url}/${access}`, {
      method: 'POST',
      body,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/cbor-seq', 'accept-encoding': 'identity' },
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (response.ok) return { kind: 'answered', bytes: new Uint8Array(await response.arrayBuffer()) };
    const text = await response.text();
    return refusalOf(response, detailOf(text) ?? text.slice(0, 200));
  } catch (error) {
    return { kind: 'again', reason: `${url} cannot be reached (${reasonOf(error)})`, afterMs: 0 };
  }
}

/** Nothing else is for the caller: a key that is not valid now may be in a minute, and the run that needs it goes on then. */
function refusalOf({ status, headers }: Response, detail: string): Attempt {
  const reason = `${status}: ${detail}`;
  if (status === 413) return { kind: 'refused', error: tooLarge(detail), isOfContent: true };
  if (status === 400) return { kind: 'refused', error: invalid(detail), isOfContent: true };
  if (status === 429 || status >= 500) return { kind: 'again', reason, afterMs: Number(headers.get('retry-after') ?? 0) * 1000 };
  return { kind: 'refused', error: unreachable(`Steamer: ${reason}`), isOfContent: false };
}

/** What a problem (RFC 9457) says. */
function detailOf(text: string): string | null {
  try {
    const problem: unknown = JSON.parse(text);
    return isPlainObject(problem) && typeof problem['detail'] === 'string' ? problem['detail'] : null;
  } catch {
    return null;
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
