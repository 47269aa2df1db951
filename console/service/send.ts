/** The one way to the service: with the session's cookie, or the operator's key, and its refusals as errors. */
import { signal } from '@preact/signals';
import { operatorKey } from './operator-key.ts';
import { asRefusal, Refusal, refusalOf } from './refusal.ts';
import { type ServiceRequest, targetOf } from './request.ts';

export interface Answer<Value> {
  value: Value;
  headers: Headers;
  /** from sending it to the end of the answer */
  elapsedMs: number;
}

/** Asks whoever sits there for the password again; true when it was right. */
type Reauthenticate = () => Promise<boolean>;

let reauthenticate: Reauthenticate = async () => false;
/** Counts how often a session turned out to have ended. */
export const endedSessions = signal(0);

export function onReauthentication(ask: Reauthenticate): void {
  reauthenticate = ask;
}

/**
 * Sends a request. What needs the password once more is sent again when it was given.
 *
 * @throws Refusal
 */
export async function send<Value = unknown>(request: ServiceRequest, abort?: AbortSignal): Promise<Answer<Value>> {
  try {
    return await exchange<Value>(request, abort);
  } catch (error) {
    const refusal = asRefusal(error);
    if (refusal.code === 'reauthentication_required' && (await reauthenticate())) return exchange<Value>(request, abort);
    if (refusal.code === 'unauthenticated' && request.asOperator !== true) endedSessions.value++;
    throw refusal;
  }
}

async function exchange<Value>(request: ServiceRequest, abort: AbortSignal | undefined): Promise<Answer<Value>> {
  const { method, body, headers = {}, asOperator = false } = request;
  const key = operatorKey.value;
  if (asOperator && key === null) throw new Refusal({ code: 'unauthenticated', status: 401, title: 'This needs an operator key' });
  const startedAtMs = performance.now();
  const response = await fetch(targetOf(request), {
    method,
    headers: {
      ...headers,
      ...(asOperator ? { authorization: `Bearer ${key}` } : {}),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    credentials: asOperator ? 'omit' : 'same-origin',
    ...(abort === undefined ? {} : { signal: abort }),
  });
  if (!response.ok) throw await refusalOf(response);
  const text = await response.text();
  const value = (text === '' ? null : JSON.parse(text)) as Value; // as PROTOCOL.md has the answer to the request
  return { value, headers: response.headers, elapsedMs: performance.now() - startedAtMs };
}
