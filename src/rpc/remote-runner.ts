/** Runs workflows and steps that are elsewhere: each delivery of a run's object is a signed request to the deployment that has started the run. */
import { WorkerEntrypoint } from 'cloudflare:workers';
import { isPlainObject } from '../lib/plain-object.ts';
import { writeTaggedJson } from '../lib/tagged-json.ts';
import { findCallbackUrl } from '../runs/deployments.ts';
import { kindOf, type Deliver, type Delivered, type Delivery } from '../runs/messages.ts';
import type { AppScope, RunAddress } from '../runs/run-address.ts';
import { senderSecret, SIGNATURE_HEADER, signBody } from '../wire/sender-signature.ts';
import type { WorkflowRunnerClass } from './workflow-runner.ts';

export interface RemoteRunnerOptions {
  db: () => D1Database;
  /** the key that signs */
  signingKey: () => { id: string; secret: Uint8Array };
}

/** How long a deployment's address is taken for what it was. */
const ADDRESS_MS = 15_000;
/** An app that works sends a byte every 15 seconds. */
const SILENCE_MS = 60_000;
const ANSWER_MAX_CHARACTERS = 16_384;

/** Makes the class of the entry, which the Worker exports as `WorkflowRunner`. */
export function defineRemoteRunner({ db, signingKey }: RemoteRunnerOptions): WorkflowRunnerClass {
  const addresses = new Map<string, { url: string; untilMs: number }>();
  const addressOf = async ({ tenant, app }: AppScope, deploymentId: string): Promise<string | null> => {
    const key = `${tenant}/${app}/${deploymentId}`;
    const known = addresses.get(key);
    if (known !== undefined && Date.now() < known.untilMs) return known.url;
    addresses.delete(key);
    const url = await findCallbackUrl(db(), { tenant, app }, deploymentId);
    if (url !== null) addresses.set(key, { url, untilMs: Date.now() + ADDRESS_MS });
    return url;
  };
  return class WorkflowRunner extends WorkerEntrypoint<object> implements Deliver {
    async deliver(address: RunAddress, delivery: Delivery): Promise<Delivered> {
      const { deploymentId } = delivery;
      const url = deploymentId === null ? null : await addressOf(address, deploymentId);
      if (url === null) return failed(`no deployment "${deploymentId}" of the app "${address.app}" has said where it is called back`);
      const { tenant, app, runId } = address;
      const { id, secret } = signingKey();
      const body = writeTaggedJson({ runId, ...delivery });
      const key = { id, secret: await senderSecret(secret, `callbacks/${tenant}/${app}`) };
      const route = kindOf({ ...delivery, idempotencyKey: null }).kind;
      return post(`${url}/.well-known/workflow/v1/${route}`, body, await signBody(body, key, Date.now()));
    }
  };
}

async function post(url: string, body: string, signature: string): Promise<Delivered> {
  const silence = new Silence();
  try {
    const headers = { 'content-type': 'application/json', [SIGNATURE_HEADER]: signature };
    // What is behind a redirect nobody has registered.
    const response = await fetch(url, { method: 'POST', body, headers, redirect: 'manual', signal: silence.signal });
    const text = await readAnswer(response, silence);
    const answer = response.ok ? deliveredOf(text) : null;
    return answer ?? failed(`${url} answers ${response.status} ${text.slice(0, 200)}`);
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
    return kind === 'failed' ? failed(String(reason).slice(0, 1_000)) : null;
  } catch {
    return null;
  }
}

function failed(reason: string): Delivered {
  return { kind: 'failed', reason };
}
