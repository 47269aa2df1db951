/** One HTTP request to DynamoDB, and everything that can come of it. */
import { readRefusal, RETRY_AFTER_MS, type Refusal } from './aws-errors.ts';
import type { AwsCredentials, Signer } from './signing.ts';

/** Credentials, or what gives them; asked before every request, so that rotated ones are used at once, and again with those that were refused. */
export type CredentialsSource = AwsCredentials | ((refused: AwsCredentials | null) => AwsCredentials | Promise<AwsCredentials>);

/** The parts of `fetch` that the client uses. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Where requests go and how they are signed. */
export interface Target {
  url: string;
  credentials: CredentialsSource;
  sign: Signer;
  /** default: the global one, looked up at every request */
  fetch: Fetch | undefined;
  nowMs: () => number;
}

export interface AttemptInput {
  /** DynamoDB's name of it, "GetItem" */
  operation: string;
  /** JSON */
  body: string;
  timeoutMs: number;
  signal: AbortSignal | undefined;
}

/** `failed` with `sent: false` never left; `aborted` is the caller's doing. */
export type AttemptOutcome =
  | { kind: 'answered'; output: unknown }
  | { kind: 'failed'; sent: boolean; refusal: Refusal }
  | { kind: 'aborted'; sent: boolean };

const API_VERSION = 'DynamoDB_20120810';

/** Sends one request and waits for the whole answer, at most `timeoutMs`. Never throws for what the network does. */
export async function attempt(target: Target, { operation, body, timeoutMs, signal }: AttemptInput): Promise<AttemptOutcome> {
  const stop = new AbortController();
  let timedOut = false;
  let sent = false;
  const onAbort = () => stop.abort();
  const onTimeout = () => {
    timedOut = true;
    stop.abort();
  };
  const exchangeWith = async (credentials: AwsCredentials): Promise<AttemptOutcome> => {
    const headers = await target.sign({ target: `${API_VERSION}.${operation}`, body, credentials, atMs: target.nowMs() });
    stop.signal.throwIfAborted();
    const send = target.fetch ?? globalThis.fetch;
    sent = true;
    const response = await send(target.url, { method: 'POST', headers, body, signal: stop.signal, redirect: 'manual' });
    const text = await response.text();
    if (response.status === 200) return { kind: 'answered', output: JSON.parse(text) };
    return { kind: 'failed', sent, refusal: readRefusal(operation, response.status, text) };
  };
  const exchange = async (): Promise<AttemptOutcome> => {
    const credentials = await credentialsOf(target, null);
    const outcome = await exchangeWith(credentials);
    if (outcome.kind !== 'failed' || outcome.refusal.error.code !== 'access_denied') return outcome;
    const others = await credentialsOf(target, credentials);
    return others.secretAccessKey === credentials.secretAccessKey ? outcome : exchangeWith(others);
  };
  // A timer that is cleared, rather than AbortSignal.timeout: a pending timer keeps a Durable Object awake.
  const timer = setTimeout(onTimeout, timeoutMs);
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    // The race also bounds what does not listen to the signal: a credentials function, a `fetch` of the caller's own.
    return await Promise.race([exchange(), rejectOnAbort(stop.signal)]);
  } catch (error) {
    if (signal?.aborted === true) return { kind: 'aborted', sent };
    return { kind: 'failed', sent, refusal: lost(operation, timedOut ? `no answer within ${timeoutMs} ms` : String(error), timedOut) };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
  });
}

async function credentialsOf({ credentials }: Target, refused: AwsCredentials | null): Promise<AwsCredentials> {
  return typeof credentials === 'function' ? credentials(refused) : credentials;
}

function lost(operation: string, reason: string, timedOut: boolean): Refusal {
  return {
    error: { code: 'unavailable', message: `${operation}: ${reason}`, retryAfterMs: RETRY_AFTER_MS },
    transient: timedOut ? 'timeout' : 'network',
  };
}
