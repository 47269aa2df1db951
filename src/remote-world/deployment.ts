/** This deployment as the service knows it: where it is called back, and the keys that such calls are signed with. */
import { isSignatureOf, parseSignature, SIGNATURE_HEADER, SIGNATURE_MAX_AGE_SEC } from '../wire/sender-signature.ts';

/** Keys by their ids: the one that signs, and the one before or after it. */
export type CallbackKeys = Readonly<Record<string, Uint8Array>>;

/** A forged call is not to make the service be asked more often. */
const ASK_AGAIN_MS = 10_000;

export class Deployment {
  readonly #register: () => Promise<{ keys: CallbackKeys }>;
  #registered: Promise<CallbackKeys> | null = null;
  #askedAtMs = -Infinity;

  /** @param register tells the service where this is */
  constructor(register: () => Promise<{ keys: CallbackKeys }>) {
    this.#register = register;
  }

  /** Tells the service once. */
  async register(): Promise<CallbackKeys> {
    this.#registered ??= this.#ask();
    return this.#registered;
  }

  /** Why a call is not the service's, or null when it is. */
  async whyNotOurs(headers: Headers, body: string): Promise<string | null> {
    const signature = parseSignature(headers.get(SIGNATURE_HEADER) ?? '');
    if (signature === null) return `${SIGNATURE_HEADER}: expected t=<Unix seconds>,k=<id of a key>,v1=<hex>`;
    if (Math.abs(Date.now() / 1000 - signature.atSec) > SIGNATURE_MAX_AGE_SEC)
      return `${SIGNATURE_HEADER}: expected a time within ${SIGNATURE_MAX_AGE_SEC} seconds of now`;
    const key = await this.#keyOf(signature.keyId);
    const isOurs = key !== undefined && (await isSignatureOf(signature, key, body));
    return isOurs ? null : `${SIGNATURE_HEADER}: the signature is not of this body, and of a key of the service`;
  }

  /** Keys change while this runs. */
  async #keyOf(id: string): Promise<Uint8Array | undefined> {
    const keys = await this.register();
    if (Object.hasOwn(keys, id) || Date.now() - this.#askedAtMs < ASK_AGAIN_MS) return keys[id];
    this.#registered = this.#ask();
    return (await this.register())[id];
  }

  async #ask(): Promise<CallbackKeys> {
    this.#askedAtMs = Date.now();
    try {
      return (await this.#register()).keys;
    } catch (error) {
      this.#registered = null;
      throw error;
    }
  }
}
