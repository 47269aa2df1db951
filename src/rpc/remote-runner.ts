/** Runs workflows and steps that are elsewhere: each delivery of a run's object is a signed request to the deployment that has started the run. */
import { WorkerEntrypoint } from 'cloudflare:workers';
import { readLimitedText } from '../lib/limited-text.ts';
import { readTaggedJson, writeTaggedJson } from '../lib/tagged-json.ts';
import { findCallbackUrl } from '../runs/deployments.ts';
import { bareAnswer, type Deliver, type DeliveryAnswer } from '../runs/deliveries.ts';
import { readDeliveryAnswer } from '../runs/delivery-answer.ts';
import type { EventResult } from '../runs/entities.ts';
import { routeOf, type Delivery } from '../runs/messages.ts';
import type { RunAddress } from '../runs/run-address.ts';
import type { Outcome } from '../runs/world-error.ts';
import { senderSecret, SIGNATURE_HEADER, signBody } from '../wire/sender-signature.ts';
import { CallbackAddresses } from './callback-addresses.ts';
import type { WorkflowRunnerClass } from './workflow-runner.ts';

export interface RemoteRunnerOptions {
  db: () => D1Database;
  /** the key that signs */
  signingKey: () => { id: string; secret: Uint8Array };
}

/** An app that works sends a byte every 15 seconds. */
const SILENCE_MS = 60_000;
/** What is held, and the names and ids of its events and messages. */
const ANSWER_MAX_CHARACTERS = 8 * 1024 * 1024;

/** Makes the class of the entry, which the Worker exports as `WorkflowRunner`. */
export function defineRemoteRunner({ db, signingKey }: RemoteRunnerOptions): WorkflowRunnerClass {
  const addresses = new CallbackAddresses((scope, deploymentId) => findCallbackUrl(db(), scope, deploymentId));
  return class WorkflowRunner extends WorkerEntrypoint<object> implements Deliver {
    async deliver({ tenant, app, runId }: RunAddress, delivery: Delivery, start: EventResult | null): Promise<DeliveryAnswer> {
      const { deploymentId } = delivery;
      const known = await addresses.get({ tenant, app }, deploymentId);
      const { id, secret } = signingKey();
      const key = { id, secret: await senderSecret(secret, `callbacks/${tenant}/${app}`) };
      const body = writeTaggedJson({ runId, ...delivery, start });
      const route = `/.well-known/workflow/v1/${routeOf(delivery.queue)}`;
      const call = async (url: string | null): Promise<Answer> => {
        if (url === null) return unanswered(`it is not known where the deployment "${deploymentId}" of the app "${app}" is called back`);
        const read = (answer: unknown): Outcome<DeliveryAnswer> => readDeliveryAnswer(answer, runId, delivery);
        return post(url + route, { body, signature: await signBody(body, key, Date.now()), read });
      };
      const answer = await call(known);
      if (answer.kind === 'answered') return answer.answer;
      // It may have moved since. Where it was heard of nobody knows what it has begun.
      const now = await addresses.renew({ tenant, app }, deploymentId);
      const last = now === known || answer.isHeard ? answer : await call(now);
      if (last.kind === 'answered') return last.answer;
      return { ...bareAnswer({ kind: 'failed', reason: last.reason }), isStartTaken: last.isHeard };
    }
  };
}

/** What an app answers, or why that is nothing that is known. `isHeard`: the app has taken the message. */
type Answer = { kind: 'answered'; answer: DeliveryAnswer } | { kind: 'unanswered'; reason: string; isHeard: boolean };

interface Call {
  body: string;
  signature: string;
  read(answer: unknown): Outcome<DeliveryAnswer>;
}

async function post(url: string, { body, signature, read }: Call): Promise<Answer> {
  const silence = new Silence();
  let isHeard = false;
  try {
    const headers = { 'content-type': 'application/json', [SIGNATURE_HEADER]: signature };
    // What is behind a redirect nobody has registered.
    const response = await fetch(url, { method: 'POST', body, headers, redirect: 'manual', signal: silence.signal });
    isHeard = response.ok;
    const text = await readAnswer(response, silence);
    // An app begins with a space: what else answers is in its place, as while it is deployed.
    isHeard &&= text === '' || text.startsWith(' ');
    if (!response.ok) return unanswered(`${url} answers ${response.status} ${text.slice(0, 200)}`);
    const answer = read(readTaggedJson(text));
    return answer.ok ? { kind: 'answered', answer: answer.value } : unanswered(`${url} answers ${answer.error.message}`, isHeard);
  } catch (error) {
    return unanswered(`${url} does not answer: ${error instanceof Error ? error.message : String(error)}`, isHeard);
  } finally {
    silence.end();
  }
}

/** The text of an answer, which may take as long as the step does: until then come spaces. */
async function readAnswer(response: Response, silence: Silence): Promise<string> {
  const text = await readLimitedText(response.body, ANSWER_MAX_CHARACTERS, () => silence.heard());
  if (text === null) throw new TypeError(`expected an answer of at most ${ANSWER_MAX_CHARACTERS} characters`);
  return text;
}

/** Gives a request up when nothing has been heard for a minute. */
class Silence {
  readonly #controller = new AbortController();
  #timer = this.#listen();

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  heard(): void {
    clearTimeout(this.#timer);
    this.#timer = this.#listen();
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  #listen(): ReturnType<typeof setTimeout> {
    return setTimeout(() => this.#controller.abort(new Error(`the app has said nothing for ${SILENCE_MS} ms`)), SILENCE_MS);
  }
}

function unanswered(reason: string, isHeard = false): Answer {
  return { kind: 'unanswered', reason, isHeard };
}
