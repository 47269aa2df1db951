/** What the routes of passkeys take: `PublicKeyCredential.toJSON()` of browsers (WebAuthn level 3, section 5.1), of which members that are not named here are left out. */
import * as z from 'zod/mini';

const bytes = z
  .string('expected text')
  .check(z.maxLength(12_000, 'expected at most 12,000 characters'), z.regex(/^[A-Za-z0-9_-]+$/, 'expected base64url'));
const id = bytes.check(z.maxLength(1_364, 'expected at most 1,364 characters'));
const type = z.literal('public-key', 'expected "public-key"');
const name = z
  .string('expected text')
  .check(z.trim(), z.regex(/^[^\p{Cc}\p{Zl}\p{Zp}]{1,100}$/u, 'expected 1 to 100 characters on one line'));

const PASSKEY_REGISTRATION = z.object({ id, type, response: z.object({ clientDataJSON: bytes, attestationObject: bytes }) });
/** The proof of a passkey. */
export const PASSKEY_ASSERTION = z.object({
  id,
  type,
  response: z.object({ clientDataJSON: bytes, authenticatorData: bytes, signature: bytes, userHandle: bytes }),
});

export type PasskeyRegistration = z.output<typeof PASSKEY_REGISTRATION>;
export type PasskeyAssertion = z.output<typeof PASSKEY_ASSERTION>;

export const ADD_PASSKEY_BODY = z.strictObject({ name, passkey: PASSKEY_REGISTRATION });
export const RENAME_PASSKEY_BODY = z.strictObject({ name });
/** `tokens`: as at `login`. */
export const PASSKEY_LOGIN_BODY = z.strictObject({ passkey: PASSKEY_ASSERTION, tokens: z.optional(z.boolean('expected true or false')) });
export const CONFIRM_PASSKEY_BODY = z.strictObject({ passkey: PASSKEY_ASSERTION });
