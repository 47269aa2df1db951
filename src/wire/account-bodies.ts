/** What the routes of accounts take. Members that are not named here are refused, so that nobody sets what is not his to set. */
import * as z from 'zod/mini';
import { PASSKEY_ASSERTION } from './passkey-bodies.ts';
import type { JsonSchema } from './route.ts';

/** The largest body of these routes: the longest password several times over, escaped. */
export const ACCOUNT_BODY_MAX_BYTES = 16_384;
export const PASSWORD_MIN_BYTES = 8;
export const PASSWORD_MAX_BYTES = 1_024;

/** The largest data of an application in a session, as JSON. */
export const SESSION_DATA_MAX_BYTES = 8_192;

const email = z.string('expected text').check(z.maxLength(254, 'expected at most 254 characters'));
/** Without control characters, which could end a header or fake a line of a log. */
const fullName = z
  .string('expected text')
  .check(z.trim(), z.regex(/^[^\p{Cc}\p{Zl}\p{Zp}]{1,200}$/u, 'expected 1 to 200 characters on one line'));
/** Any password may be tried; which may be set is checked where it is. */
const password = z.string('expected text').check(z.refine(isOfPasswordSize, `expected at most ${PASSWORD_MAX_BYTES} bytes`));
const code = z.string('expected text').check(z.maxLength(200, 'expected at most 200 characters'));

/** Of the second factor, where the account has one: a code, or a passkey. */
const SECOND_FACTOR = { code: z.optional(code), passkey: z.optional(PASSKEY_ASSERTION) };

export const REGISTER_BODY = z.strictObject({ email, password, fullName });
export const EMAIL_BODY = z.strictObject({ email });
export const CODE_BODY = z.strictObject({ code });
/** `tokens`: answers with an access and a refresh token, for clients that are no browsers; else with a cookie. */
export const LOGIN_BODY = z.strictObject({
  email,
  password,
  tokens: z.optional(z.boolean('expected true or false')),
  ...SECOND_FACTOR,
});
export const REFRESH_BODY = z.strictObject({ refreshToken: code });
export const PROFILE_BODY = z.strictObject({ fullName });
export const CONFIRM_PASSWORD_BODY = z.strictObject({ password, ...SECOND_FACTOR });
export const RESET_PASSWORD_BODY = z.strictObject({ code, password });
export const CHANGE_PASSWORD_BODY = z.strictObject({ currentPassword: password, password });

/** By name of a member: the same in every body. Written out, as zod's own conversion is half as large as all of accounts. */
const MEMBERS: Readonly<Record<string, JsonSchema>> = {
  email: { type: 'string', format: 'email', maxLength: 254 },
  password: { type: 'string', format: 'password', description: `${PASSWORD_MIN_BYTES} to ${PASSWORD_MAX_BYTES} bytes of UTF-8` },
  currentPassword: { type: 'string', format: 'password' },
  fullName: { type: 'string', minLength: 1, maxLength: 200 },
  code: { type: 'string', description: 'as the mail, or the authenticator, has it' },
  tokens: { type: 'boolean', description: 'true: answer with tokens; default: with a cookie' },
  refreshToken: { type: 'string' },
  name: { type: 'string', minLength: 1, maxLength: 100 },
  passkey: { type: 'object', description: 'what toJSON() of the PublicKeyCredential answers' },
};

/** The JSON Schema of a body, for the description of its route. */
export function bodySchema({ shape }: { shape: Readonly<Record<string, z.ZodMiniType>> }): JsonSchema {
  const names = Object.keys(shape);
  return {
    type: 'object',
    required: names.filter((name) => shape[name]?._zod.def.type !== 'optional'),
    properties: Object.fromEntries(names.map((name) => [name, MEMBERS[name] ?? {}])),
    additionalProperties: false,
  };
}

function isOfPasswordSize(text: string): boolean {
  return new TextEncoder().encode(text).byteLength <= PASSWORD_MAX_BYTES;
}
