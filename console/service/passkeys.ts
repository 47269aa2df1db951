/** Passkeys, as the browser makes and shows them for this service. */
import { Refusal } from './refusal.ts';
import { send } from './send.ts';

/** Lets the browser make one. @returns what the service takes. @throws Refusal */
export async function makePasskey(): Promise<unknown> {
  const { value } = await send<PublicKeyCredentialCreationOptionsJSON>({ method: 'POST', path: '/v1/auth/passkeys/begin' });
  return asked('The browser has made no passkey', async () =>
    navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(value) }),
  );
}

/** Lets the browser show one that there is. @returns what the service takes. @throws Refusal */
export async function showPasskey(): Promise<unknown> {
  const { value } = await send<PublicKeyCredentialRequestOptionsJSON>({ method: 'POST', path: '/v1/auth/passkey-challenge' });
  return asked('The browser has shown no passkey', async () =>
    navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(value) }),
  );
}

/** A number is no name, which passkeys are bound to. */
const IS_NUMBER = /^[\d.]+$|^\[/.test(location.hostname);

/** Browsers refuse with errors of their own: cancelled, too late, of another host. */
async function asked(title: string, ask: () => Promise<Credential | null>): Promise<unknown> {
  try {
    const credential = await ask();
    if (credential instanceof PublicKeyCredential) return credential.toJSON();
    throw new TypeError('It answered with none.');
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    const named = location.href.replace(location.hostname, 'localhost');
    const detail = IS_NUMBER ? `Passkeys are bound to the name of a host, which ${location.hostname} is not: open ${named}.` : said;
    throw new Refusal({ code: 'invalid_passkey', status: 0, title, detail });
  }
}
