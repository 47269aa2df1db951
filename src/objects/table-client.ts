/** The client of DynamoDB that a Worker's variables, secrets and bindings make. */
import { DynamoClient } from '../dynamo/dynamo-client.ts';
import type { CredentialsSource } from '../dynamo/attempt.ts';
import { type CredentialsShelf, renewedCredentials } from '../dynamo/renewed-credentials.ts';

/** As `readEnvironment` of edge has checked them. Credentials are read from the first of three places that there is. */
export interface TableEnv {
  /** '' for AWS itself */
  DYNAMODB_ENDPOINT?: string;
  AWS_REGION?: string;
  /** a secret of the Secrets Store: JSON as the endpoint below answers it */
  AWS_CREDENTIALS?: { get(): Promise<string> };
  /** an endpoint that answers as AWS's own for containers do */
  AWS_CONTAINER_CREDENTIALS_FULL_URI?: string;
  /** what it is asked with, as `Authorization` */
  AWS_CONTAINER_AUTHORIZATION_TOKEN?: string;
  AWS_ACCESS_KEY_ID?: string;
  AWS_SECRET_ACCESS_KEY?: string;
  AWS_SESSION_TOKEN?: string;
}

/** What the isolate has read, by where it is kept. */
const shelves = new Map<string, CredentialsShelf>();
const READ_TIMEOUT_MS = 3_000;

/** @param joins whether all requests by this client are of one object */
export function dynamoClientOf(env: TableEnv, joins: boolean): DynamoClient {
  const { AWS_REGION: region = '', DYNAMODB_ENDPOINT: endpoint = '' } = env;
  return new DynamoClient({ region, endpoint, credentials: credentialsOf(env, joins) });
}

function credentialsOf(env: TableEnv, joins: boolean): CredentialsSource {
  const { AWS_CREDENTIALS: secret, AWS_CONTAINER_CREDENTIALS_FULL_URI: url, AWS_CONTAINER_AUTHORIZATION_TOKEN: token } = env;
  if (secret !== undefined) return renewedCredentials({ read: async () => secret.get(), shelf: shelfOf('secret'), joins });
  if (url) return renewedCredentials({ read: async () => readEndpoint(url, token), shelf: shelfOf(url), joins });
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '', AWS_SESSION_TOKEN: sessionToken = '' } = env;
  return { accessKeyId, secretAccessKey, ...(sessionToken === '' ? {} : { sessionToken }) };
}

function shelfOf(place: string): CredentialsShelf {
  const shelf = shelves.get(place) ?? { kept: null };
  shelves.set(place, shelf);
  return shelf;
}

async function readEndpoint(url: string, token: string | undefined): Promise<string> {
  const headers = token === undefined || token === '' ? {} : { authorization: token };
  const response = await fetch(url, { headers, redirect: 'manual', signal: AbortSignal.timeout(READ_TIMEOUT_MS) });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`the endpoint of AWS credentials answers ${response.status}`);
  return text;
}
