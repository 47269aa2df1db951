/** Issuers whose access tokens are taken besides the service's own, as `TRUSTED_ISSUERS` has them. */
import * as z from 'zod/mini';
import { ROLE_PATTERN } from './principal.ts';
import { TENANT_PATTERN } from './tenant.ts';

/** Asymmetric ones only: a secret that two know would let either of them make tokens. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const;
/** What a token from outside may ask for: the data of a tenant. Members and keys are for users of the service. */
const DATA_SCOPES = ['models:read', 'models:write', 'streams:read', 'streams:write', 'files:read', 'files:write'] as const;

const text = z.string().check(z.minLength(1), z.maxLength(500));
const tenant = z.string().check(z.regex(TENANT_PATTERN));
const https = z.string().check(z.refine((url) => URL.parse(url)?.protocol === 'https:', 'expected a URL of https'));

const ISSUER = z
  .strictObject({
    /** names the issuer in ids of users */
    name: z.string().check(z.regex(ROLE_PATTERN)),
    /** `iss`, to the letter */
    issuer: text,
    jwksUrl: https,
    /** `aud` has to name it */
    audience: text,
    algorithms: z._default(z.array(z.enum(ALGORITHMS)).check(z.minLength(1)), ['RS256']),
    /** `typ` of the header; left out: any, as many issuers write "JWT" */
    type: z.optional(text),
    /** all its tokens are of this tenant … */
    tenant: z.optional(tenant),
    /** … or of the one that this claim names, */
    tenantClaim: z.optional(text),
    /** which has to be one of these; left out: any */
    tenants: z.optional(z.array(tenant)),
    subjectClaim: z._default(text, 'sub'),
    /** what ids of its users begin with; default: its name and "|" */
    subjectPrefix: z.optional(z.string().check(z.maxLength(64))),
    /** the claim with scopes, a list or words with spaces between; left out: each token has all of `scopes` */
    scopesClaim: z.optional(text),
    /** the most that its tokens may ask for */
    scopes: z._default(z.array(z.enum(DATA_SCOPES)), [...DATA_SCOPES]),
    roleClaim: z.optional(text),
  })
  .check(z.refine((one) => (one.tenant === undefined) !== (one.tenantClaim === undefined), 'expected either tenant or tenantClaim'));

const ISSUERS = z.array(ISSUER).check(
  z.maxLength(20),
  z.refine((all) => new Set(all.map(({ issuer }) => issuer)).size === all.length, 'expected each issuer once'),
);

export type TrustedIssuer = z.infer<typeof ISSUER>;

/** Reads the JSON text of a configuration; a reason where it is none. '' has no issuers. */
export function parseTrustedIssuers(json: string): { issuers: readonly TrustedIssuer[] } | { reason: string } {
  if (json === '') return { issuers: [] };
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return { reason: 'must be a JSON array of issuers' };
  }
  const parsed = ISSUERS.safeParse(value);
  if (parsed.success) return { issuers: parsed.data };
  const [issue] = parsed.error.issues;
  return { reason: `/${issue?.path.join('/') ?? ''}: ${issue?.message ?? 'is not valid'}` };
}
