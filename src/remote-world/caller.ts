/** Calls of the World over HTTPS: those of one tick go in one request, and one whose answer is lost is made again under its name, so that nothing happens twice. */
import { readCborSequence, writeCbor } from '../lib/cbor.ts';
import { joinBytes } from '../lib/join-bytes.ts';
import { newUlid } from '../lib/ulid.ts';
import { tooLarge, unreachable, type Outcome } from '../runs/world-error.ts';
import { WORLD_CALLS_MAX, WORLD_REQUEST_MAX_BYTES, type CallAccess } from '../wire/limits.ts';
import { valueOf, worldError } from '../world/world-errors.ts';
import { postCalls, type CallTarget } from './post-calls.ts';

interface WaitingCall {
  bytes: Uint8Array;
  settle(outcome: Outcome<unknown>): void;
  fail(error: unknown): void;
}

export class WorldCaller {
  readonly #target: () => Promise<CallTarget>;
  readonly #waiting: Record<CallAccess, WaitingCall[]> = { read: [], write: [] };

  /** @param target asked for each request */
  constructor(target: () => Promise<CallTarget>) {
    this.#target = target;
  }

  /** Makes a call with those of this tick. @throws the World's errors; a WorkflowWorldError of status 503 when the service cannot be reached */
  async call<Value>(access: CallAccess, method: string, args: readonly unknown[]): Promise<Value> {
    return valueOf(await this.outcome<Value>(access, method, args));
  }

  /** The same, with a refusal as data. @throws WorkflowWorldError 503 */
  outcome<Value>(access: CallAccess, method: string, args: readonly unknown[]): Promise<Outcome<Value>> {
    const waiting = this.#waiting[access];
    if (waiting.length === 0) setImmediate(() => this.#send(access, waiting.splice(0)));
    return this.#enter<Value>(waiting, method, args);
  }

  /** Makes a call in a request of its own: it may wait for long. */
  async callAlone<Value>(access: CallAccess, method: string, args: readonly unknown[]): Promise<Value> {
    const calls: WaitingCall[] = [];
    const outcome = this.#enter<Value>(calls, method, args);
    this.#send(access, calls);
    return valueOf(await outcome);
  }

  #enter<Value>(calls: WaitingCall[], method: string, args: readonly unknown[]): Promise<Outcome<Value>> {
    return new Promise((resolve, reject) => {
      const settle = (outcome: Outcome<unknown>): void => resolve(outcome as Outcome<Value>); // of the method, as the service answers it
      calls.push({ bytes: writeCbor({ id: newUlid(), method, args }), settle, fail: reject });
    });
  }

  #send(access: CallAccess, calls: readonly WaitingCall[]): void {
    for (const group of groupsOf(calls, WORLD_CALLS_MAX[access])) void this.#post(access, group); // settles its calls
  }

  async #post(access: CallAccess, calls: readonly WaitingCall[]): Promise<void> {
    try {
      const body = joinBytes(calls.map(({ bytes }) => bytes));
      // A service that refuses it need not wait for all of it, and an answer that comes meanwhile is lost.
      if (body.byteLength > WORLD_REQUEST_MAX_BYTES)
        throw worldError(tooLarge(`Expected a call of at most ${WORLD_REQUEST_MAX_BYTES} bytes, got ${body.byteLength}`));
      const answer = await postCalls(await this.#target(), access, body);
      if (answer.kind === 'refused' && answer.isOfContent && calls.length > 1) {
        // One that cannot be taken keeps no other from being made.
        for (const call of calls) void this.#post(access, [call]);
        return;
      }
      if (answer.kind === 'refused') throw worldError(answer.error);
      const outcomes = readCborSequence(answer.bytes) as Outcome<unknown>[]; // as the service writes them
      if (outcomes.length !== calls.length) throw worldError(unreachable(`Expected ${calls.length} outcomes, got ${outcomes.length}`));
      for (const [at, outcome] of outcomes.entries()) calls[at]?.settle(outcome);
    } catch (error) {
      for (const { fail } of calls) fail(error);
    }
  }
}

/** Calls as requests take them: so many, and of so many bytes. */
function groupsOf(calls: readonly WaitingCall[], maxCalls: number): WaitingCall[][] {
  const groups: WaitingCall[][] = [];
  let bytes = Infinity;
  for (const call of calls) {
    const last = groups.at(-1);
    bytes += call.bytes.byteLength;
    if (last !== undefined && last.length < maxCalls && bytes <= WORLD_REQUEST_MAX_BYTES) last.push(call);
    else {
      groups.push([call]);
      bytes = call.bytes.byteLength;
    }
  }
  return groups;
}
