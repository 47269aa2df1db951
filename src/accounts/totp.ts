/** Time-based one-time passwords as authenticator apps make them: RFC 6238 with SHA-1, 30 seconds and 6 digits, which is what all of them know. */
const STEP_SEC = 30;
const DIGITS = 6;
/** Clocks differ, and typing takes a while: a code is good a step before and after its own. */
const DRIFT_STEPS = 1;
const PATTERN = /^[0-9]{6}$/;

/** 160 bits, as RFC 4226 recommends. */
export const TOTP_SECRET_BYTES = 20;

/** The code of a step: step n begins n times 30 seconds after 1970. */
export async function totpCode(secret: Uint8Array<ArrayBuffer>, step: number): Promise<string> {
  const key = await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-1' }, false, ['sign']);
  const counter = new DataView(new ArrayBuffer(8));
  counter.setBigUint64(0, BigInt(step));
  const digest = new DataView(await crypto.subtle.sign('HMAC', key, counter));
  const offset = digest.getUint8(digest.byteLength - 1) & 0xf;
  const number = (digest.getUint32(offset) & 0x7fff_ffff) % 10 ** DIGITS;
  return String(number).padStart(DIGITS, '0');
}

/** The step that a code is of, now or a moment ago or to come; null for every other text. */
export async function totpStepOf(secret: Uint8Array<ArrayBuffer>, code: string, nowMs: number): Promise<number | null> {
  if (!PATTERN.test(code)) return null;
  const now = Math.floor(nowMs / 1000 / STEP_SEC);
  for (let step = now - DRIFT_STEPS; step <= now + DRIFT_STEPS; step++) if ((await totpCode(secret, step)) === code) return step;
  return null;
}

/** What an app reads from a picture. */
export function totpUri(secret: string, issuer: string, account: string): string {
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(account)}`;
  return `otpauth://totp/${label}?secret=${secret}&issuer=${encodeURIComponent(issuer)}&algorithm=SHA1&digits=${DIGITS}&period=${STEP_SEC}`;
}
