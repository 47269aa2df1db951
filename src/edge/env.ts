import * as z from 'zod/mini';
import { ED25519_PRIVATE_BYTES, ED25519_PUBLIC_BYTES } from '../lib/ed25519-der.ts';
import { ServiceError } from '../lib/errors.ts';
import { parseOtlpHeaders } from '../lib/spans.ts';
import { parsePlacement } from '../wire/placement.ts';
import { parseTrustedIssuers, type TrustedIssuer } from '../wire/trusted-issuers.ts';
import { howToSet } from './how-to-set.ts';
import type { MailSettings } from './mail-senders.ts';

/** Where the table stands and how DynamoDB is called. */
interface TableEnvironment {
  name: string;
  region: string;
  /** null: AWS itself, in `region` */
  endpoint: string | null;
  /** null: they are read where they are kept, and change */
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string } | null;
}

/** A key that signs cursors, tickets and callbacks. */
interface SigningKey {
  id: string;
  /** 32 bytes or more */
  secret: Uint8Array;
}

/** What the Worker is configured with, checked. Bindings are not in it. */
export interface Environment {
  environment: 'development' | 'staging' | 'production';
  table: TableEnvironment;
  /** one or two: the first signs, all verify */
  signingKeys: readonly SigningKey[];
  /** the origins that browsers may call from, "https://app.example.com" */
  allowedOrigins: ReadonlySet<string>;
  /** where users reach the service, "https://app.example.com": links in mails begin with it. Null: there are no accounts */
  publicUrl: string | null;
  mail: MailSettings;
  /** as mails call the service */
  productName: string;
  /** one or two: the first signs access tokens, all verify. None: there are no access tokens */
  accessTokenKeys: readonly AccessTokenKey[];
  /** where spans of traces go; null: nowhere */
  tracing: TracingSettings | null;
  /** others whose access tokens are taken */
  trustedIssuers: readonly TrustedIssuer[];
}

/** How traces are told. */
interface TracingSettings {
  /** a collector that takes OTLP, "https://otel.example.com" */
  endpoint: string;
  headers: Readonly<Record<string, string>>;
  /** of requests without a `traceparent`, 0 to 1 */
  sampleRatio: number;
}

/** A key of Ed25519 in DER: the first is private, one that has been rotated may be its public half. */
interface AccessTokenKey {
  id: string;
  der: Uint8Array<ArrayBuffer>;
}

/**
 * The checked environment of a Worker; read it once per `env` and hand it on.
 *
 * @param env what the runtime hands to the Worker: `ENVIRONMENT`, `TABLE_NAME`, `AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`,
 *   `SIGNING_KEYS` ("id:base64" of 32 or more bytes, two at most by a comma); optional `AWS_SESSION_TOKEN`, `OBJECT_PLACEMENT` (a JSON array, see `wire/placement.ts`),
 *   `AWS_CREDENTIALS` or `AWS_CONTAINER_CREDENTIALS_FULL_URI` in place of the two keys (docs/deploy.md), `DYNAMODB_ENDPOINT` ("" or absent: AWS), `ALLOWED_ORIGINS` (origins by commas; "" or absent: none), and of accounts `PUBLIC_URL`, `PRODUCT_NAME`,
 *   `MAIL_PROVIDER`, `MAIL_FROM`, `MAIL_API_KEY` and `ACCESS_TOKEN_KEYS` ("id:base64" of an Ed25519 key in PKCS #8, two at most by a comma; the second may be a public key, SPKI) and `TRUSTED_ISSUERS` (a JSON array, see `wire/trusted-issuers.ts`); of traces `OTLP_ENDPOINT`, `OTLP_HEADERS` and `TRACE_SAMPLE_RATIO`
 * @throws ServiceError `misconfigured`; its message names everything that is missing or wrong, how to set it, and no value of a secret
 */
export function readEnvironment(env: object): Environment {
  const result = (keepsCredentials(env) ? VARIABLES_WITHOUT_KEYS : VARIABLES).safeParse(env);
  if (!result.success) throw misconfigured(result.error.issues);
  const variables = result.data;
  return {
    environment: variables.ENVIRONMENT,
    table: {
      name: variables.TABLE_NAME,
      region: variables.AWS_REGION,
      endpoint: variables.DYNAMODB_ENDPOINT || null,
      credentials:
        variables.AWS_ACCESS_KEY_ID === undefined || variables.AWS_SECRET_ACCESS_KEY === undefined
          ? null
          : {
              accessKeyId: variables.AWS_ACCESS_KEY_ID,
              secretAccessKey: variables.AWS_SECRET_ACCESS_KEY,
              ...(variables.AWS_SESSION_TOKEN ? { sessionToken: variables.AWS_SESSION_TOKEN } : {}),
            },
    },
    signingKeys: variables.SIGNING_KEYS.map(keyEntry).map(({ id, bytes }) => ({ id, secret: bytes })),
    allowedOrigins: new Set(variables.ALLOWED_ORIGINS),
    publicUrl: variables.PUBLIC_URL || null,
    mail: { provider: variables.MAIL_PROVIDER ?? 'outbox', from: variables.MAIL_FROM ?? '', apiKey: variables.MAIL_API_KEY ?? null },
    productName: variables.PRODUCT_NAME || 'Steamer',
    tracing: variables.OTLP_ENDPOINT
      ? {
          endpoint: variables.OTLP_ENDPOINT,
          headers: parseOtlpHeaders(variables.OTLP_HEADERS ?? ''),
          sampleRatio: Number(variables.TRACE_SAMPLE_RATIO || 0),
        }
      : null,
    trustedIssuers: variables.TRUSTED_ISSUERS ?? [],
    accessTokenKeys: (variables.ACCESS_TOKEN_KEYS ?? []).map(keyEntry).map(({ id, bytes }) => ({ id, der: bytes })),
  };
}

const SECRETS: ReadonlySet<string> = new Set([
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'SIGNING_KEYS',
  'ACCESS_TOKEN_KEYS',
  'MAIL_API_KEY',
  'OTLP_HEADERS',
]);
const KEY_PATTERN = /^[A-Za-z0-9_-]{1,16}:[A-Za-z0-9+/]+={0,2}$/;
const MIN_SECRET_BYTES = 32;
const MAX_KEYS = 2;

const present = z.string('is missing').check(z.minLength(1, 'is missing'));

const VARIABLES = z.object({
  ENVIRONMENT: z.enum(['development', 'staging', 'production'], 'must be development, staging or production'),
  TABLE_NAME: present.check(z.regex(/^[A-Za-z0-9_.-]{3,255}$/, 'must be a DynamoDB table name: 3 to 255 letters, digits, ".", "_" or "-"')),
  AWS_REGION: present.check(z.regex(/^[a-z0-9-]+$/, 'must be a region such as us-east-1')),
  AWS_ACCESS_KEY_ID: present,
  AWS_SECRET_ACCESS_KEY: present,
  AWS_SESSION_TOKEN: z.optional(z.string('must be text')),
  DYNAMODB_ENDPOINT: z.optional(
    z.string('must be text').check(z.refine(isEndpoint, 'must be empty (AWS) or a URL such as http://127.0.0.1:8000')),
  ),
  SIGNING_KEYS: z.pipe(
    present,
    z.pipe(
      z.transform(list),
      z.array(z.string()).check(z.refine(areSigningKeys, 'must be id:base64 of 32 random bytes or more, two with different ids at most')),
    ),
  ),
  ALLOWED_ORIGINS: z.optional(
    z.pipe(
      z.string('must be text'),
      z.pipe(
        z.transform(list),
        z.array(z.string()).check(z.refine(areOrigins, 'must be origins such as https://app.example.com, separated by commas')),
      ),
    ),
  ),
  PUBLIC_URL: z.optional(
    z.string('must be text').check(z.refine(isPublicUrl, 'must be empty (no accounts) or an origin such as https://app.example.com')),
  ),
  PRODUCT_NAME: z.optional(z.string('must be text').check(z.regex(/^[^\p{Cc}]{0,80}$/u, 'must be at most 80 characters on one line'))),
  MAIL_PROVIDER: z.optional(z.enum(['outbox', 'email', 'resend', 'sendgrid'], 'must be outbox, email, resend or sendgrid')),
  MAIL_FROM: z.optional(z.string('must be text').check(z.regex(/^[^\p{Cc}]{0,320}$/u, 'must be an address on one line'))),
  MAIL_API_KEY: z.optional(z.string('must be text')),
  OTLP_ENDPOINT: z.optional(
    z
      .string('must be text')
      .check(z.refine(isPublicUrl, 'must be empty (no traces) or the origin of a collector such as https://otel.example.com')),
  ),
  OTLP_HEADERS: z.optional(
    z.string('must be text').check(z.regex(/^(?:[\w-]+=[^,\r\n]*(?:,|$))*$/, 'must be name=value, several by commas')),
  ),
  TRACE_SAMPLE_RATIO: z.optional(z.string('must be text').check(z.regex(/^(?:|0(?:\.\d+)?|1(?:\.0+)?)$/, 'must be a number from 0 to 1'))),
  TRUSTED_ISSUERS: z.optional(z.pipe(z.string('must be text'), z.transform(trustedIssuers))),
  OBJECT_PLACEMENT: z.optional(z.pipe(z.string('must be text'), z.transform(placementRules))),
  ACCESS_TOKEN_KEYS: z.optional(
    z.pipe(
      z.string('must be text'),
      z.pipe(
        z.transform(list),
        z
          .array(z.string())
          .check(
            z.refine(
              areAccessTokenKeys,
              'must be id:base64 of an Ed25519 key in PKCS #8, two with different ids at most; the second may be public',
            ),
          ),
      ),
    ),
  ),
});

/** Of a Worker whose credentials of AWS are kept elsewhere: in a secret of the Secrets Store, or behind an endpoint. */
const VARIABLES_WITHOUT_KEYS = z.extend(VARIABLES, {
  AWS_ACCESS_KEY_ID: z.optional(z.string()),
  AWS_SECRET_ACCESS_KEY: z.optional(z.string()),
  AWS_CONTAINER_CREDENTIALS_FULL_URI: z.optional(z.string('must be text').check(z.refine(isEndpoint, 'must be a URL'))),
});

function keepsCredentials(env: { AWS_CREDENTIALS?: unknown; AWS_CONTAINER_CREDENTIALS_FULL_URI?: unknown }): boolean {
  return Boolean(env.AWS_CREDENTIALS) || Boolean(env.AWS_CONTAINER_CREDENTIALS_FULL_URI);
}

function placementRules(json: string, context: z.core.ParsePayload): void {
  const parsed = parsePlacement(json);
  if ('reason' in parsed) context.issues.push({ code: 'custom', message: parsed.reason, input: json });
}

function trustedIssuers(json: string, context: z.core.ParsePayload): readonly TrustedIssuer[] {
  const parsed = parseTrustedIssuers(json);
  if ('issuers' in parsed) return parsed.issuers;
  context.issues.push({ code: 'custom', message: parsed.reason, input: json });
  return z.NEVER;
}

function misconfigured(issues: readonly z.core.$ZodIssue[]): ServiceError {
  const problems = issues.map((issue) => {
    const name = String(issue.path[0]);
    return `${name} ${issue.message} (${howToSet(name, SECRETS.has(name))})`;
  });
  return new ServiceError('misconfigured', `The Worker is not configured: ${[...new Set(problems)].join('; ')}`);
}

function list(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function isEndpoint(text: string): boolean {
  return text === '' || (/^https?:/.test(text) && URL.canParse(text));
}

function areOrigins(origins: readonly string[]): boolean {
  return origins.every((origin) => URL.canParse(origin) && new URL(origin).origin === origin);
}

function areSigningKeys(entries: readonly string[]): boolean {
  return entries.length >= 1 && areKeys(entries, (bytes) => bytes.length >= MIN_SECRET_BYTES);
}

function areAccessTokenKeys(entries: readonly string[]): boolean {
  const isKey = (bytes: Uint8Array) => [ED25519_PRIVATE_BYTES, ED25519_PUBLIC_BYTES].includes(bytes.length);
  return areKeys(entries, isKey) && areKeys(entries.slice(0, 1), (bytes) => bytes.length === ED25519_PRIVATE_BYTES);
}

function areKeys(entries: readonly string[], isKey: (bytes: Uint8Array) => boolean): boolean {
  if (entries.length > MAX_KEYS || !entries.every((entry) => KEY_PATTERN.test(entry))) return false;
  try {
    const keys = entries.map(keyEntry);
    return keys.every(({ bytes }) => isKey(bytes)) && new Set(keys.map(({ id }) => id)).size === keys.length;
  } catch {
    return false;
  }
}

function keyEntry(entry: string): { id: string; bytes: Uint8Array<ArrayBuffer> } {
  const [id = '', base64 = ''] = entry.split(':');
  return { id, bytes: Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)) };
}

function isPublicUrl(text: string): boolean {
  return text === '' || (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) && new URL(text).origin === text);
}
