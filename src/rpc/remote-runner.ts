/** Runs workflows and steps that are elsewhere: each delivery of a run's object is a signed request to the deployment that has started the run. */
import { WorkerEntrypoint } from 'cloudflare:workers';
import { isPlainObject } from '../lib/plain-object.ts';
import { writeTaggedJson } from '../lib/tagged-json.ts';
import { findCallbackUrl } from '../runs/deployments.ts';
import { bareAnswer, type Deliver, type DeliveryAnswer } from '../runs/deliveries.ts';
import { routeOf, type Delivered, type Delivery } from '../runs/messages.ts';
import type { RunAddress } from '../runs/run-address.ts';
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
const ANSWER_MAX_CHARACTERS = 16_384;

/** Makes the class of the entry, which the Worker exports as `WorkflowRunner`. */
export function defineRemoteRunner({ db, signingKey }: RemoteRunnerOptions): WorkflowRunnerClass {
  const addresses = new CallbackAddresses((scope, deploymentId) => findCallbackUrl(db(), scope, deploymentId));
  return class WorkflowRunner extends WorkerEntrypoint<object> implements Deliver {
    async deliver({ tenant, app, runId }: RunAddress, delivery: Delivery): Promise<DeliveryAnswer> {
      const { deploymentId } = delivery;
      const known = await addresses.get({ tenant, app }, deploymentId);
      const { id, secret } = signingKey();
      const key = { id, secret: await senderSecret(secret, `callbacks/${tenant}/${app}`) };
      const body = writeTaggedJson({ runId, ...delivery });
      const route = `/.well-known/workflow/v1/${routeOf(delivery.queue)}`;
      const call = async (url: string | null): Promise<Answer> => {
        if (url === null) return unanswered(`no deployment "${deploymentId}" of the app "${app}" has said where it is called back`);
        return post(url + route, body, await signBody(body, key, Date.now()));
      };
      const answer = await call(known);
      if (answer.kind !== 'unanswered') return bareAnswer(answer);
      // It may have moved since.
      const now = await addresses.renew({ tenant, app }, deploymentId);
      const again = now === known ? answer : await call(now);
      return bareAnswer(again.kind === 'unanswered' ? { kind: 'failed', reason: again.reason } : again);
    }
  };
}

/** What an app says became of a delivery, or why it says nothing that is known. */
type Answer = Delivered | { kind: 'unanswered'; reason: string };

async function post(url: string, body: string, signature: string): Promise<Answer> {
  const silence = new Silence();
  try {
    const headers = { 'content-type': 'application/json', [SIGNATURE_HEADER]: signature };
    // What is behind a redirect nobody has registered.
    const response = await fetch(url, { method: 'POST', body, headers, redirect: 'manual', signal: silence.signal });
    const text = await readAnswer(response, silence);
    const answer = response.ok ? deliveredOf(text) : null;
    return answer ?? unanswered(`${url} answers ${response.status} ${text.slice(0, 200)}`);
  } catch (error) {
    return unanswered(`${url} does not answer: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    silence.end();
  }
}

/** The text of an answer, which may take as long as the step does: until then come spaces. */
async function readAnswer(response: Response, silence: Silence): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    silence.heard();
    text = (text + decoder.decode(chunk as Uint8Array, { stream: true })).trimStart(); // bodies are of bytes
    if (text.length > ANSWER_MAX_CHARACTERS) throw new TypeError(`expected an answer of at most ${ANSWER_MAX_CHARACTERS} characters`);
  }
  return text.trimEnd();
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

/** What an app says became of a delivery; null: nothing that is known. */
function deliveredOf(text: string): Delivered | null {
  try {
    const answer: unknown = JSON.parse(text);
    if (!isPlainObject(answer)) return null;
    const { kind, afterMs, reason } = answer;
    if (kind === 'done') return { kind };
    if (kind === 'again' && typeof afterMs === 'number' && afterMs >= 0) return { kind, afterMs };
    return kind === 'failed' ? { kind, reason: String(reason).slice(0, 1_000) } : null;
  } catch {
    return null;
  }
}

function unanswered(reason: string): Answer {
  return { kind: 'unanswered', reason };
}
