/** Where the service is, and who this app is: read from the environment when the first call is made, as frameworks load the World while they build. */
import { fromBase64 } from '../lib/base64.ts';

export interface RemoteSettings {
  /** with the tenant and without a slash at its end, "https://api.example.com/v1/acme" */
  url: string;
  /** an API key of the tenant, of the scopes workflows:read and workflows:write */
  key: string;
  /** keeps the runs of several apps of a tenant apart */
  app: string;
  /** names what is deployed: a run goes back to the deployment that has started it */
  deploymentId: string;
  /** where the service calls this deployment, "https://app.example.com" */
  callbackUrl: string;
  /** what payloads are encrypted with; null: they are not. Never sent anywhere */
  secret: Uint8Array<ArrayBuffer> | null;
}

/** Where a service is reached, and as whom. */
export type ServiceAccess = Pick<RemoteSettings, 'url' | 'key'>;

type Variables = Readonly<Record<string, string | undefined>>;

const SECRET_MIN_BYTES = 32;
const URL_FORM = /^https?:\/\/[^/?#]+\/(?:[^?#]+\/)?v1\/[a-z0-9][a-z0-9-]{0,62}$/;

/**
 * The service of `STEAMER_URL` and `STEAMER_KEY`; null where there is no URL.
 *
 * @throws TypeError for a URL of another form, or without a key
 */
export function readServiceAccess({ STEAMER_URL, STEAMER_KEY: key }: Variables): ServiceAccess | null {
  if (!STEAMER_URL) return null;
  const url = STEAMER_URL.replace(/\/+$/, '');
  if (!URL_FORM.test(url)) throw new TypeError(`STEAMER_URL: expected https://<service>/v1/<tenant>, got ${url}`);
  if (!key) throw new TypeError('STEAMER_KEY: expected an API key of the scopes workflows:read and workflows:write');
  return { url, key };
}

/**
 * What else an app says of itself: `STEAMER_APP` ("default"), `STEAMER_DEPLOYMENT_ID` ("default"), `STEAMER_CALLBACK_URL` (the port `PORT`, or
 * 3000, of this machine) and `WORKFLOW_SECRET`.
 *
 * @throws TypeError for a secret that is too short
 */
export function readAppSettings(variables: Variables): Omit<RemoteSettings, keyof ServiceAccess> {
  const { STEAMER_APP, STEAMER_DEPLOYMENT_ID, STEAMER_CALLBACK_URL, WORKFLOW_SECRET, PORT } = variables;
  const secret = WORKFLOW_SECRET ? fromBase64(WORKFLOW_SECRET) : null;
  if (secret !== null && secret.byteLength < SECRET_MIN_BYTES)
    throw new TypeError(`WORKFLOW_SECRET: expected base64 of ${SECRET_MIN_BYTES} bytes or more, got ${secret.byteLength}`);
  return {
    app: STEAMER_APP || 'default',
    deploymentId: STEAMER_DEPLOYMENT_ID || 'default',
    callbackUrl: STEAMER_CALLBACK_URL || `http://localhost:${PORT || '3000'}`,
    secret,
  };
}
