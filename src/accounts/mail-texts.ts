/** The texts of mails. Nothing in them was written by whoever asked for them, who may be a stranger. */
import type { Mail, SecondFactorChange } from '../wire/mail.ts';

export interface MailStyle {
  productName: string;
  /** where links lead, from the configuration; never from a request */
  publicUrl: string;
}

export type MailText = Pick<Mail, 'subject' | 'text'>;

export function verifyAddress(style: MailStyle, code: string): MailText {
  return {
    subject: `Verify your address for ${style.productName}`,
    text: paragraphs(
      `Somebody, probably you, has registered this address with ${style.productName}. To verify it, open this link within 10 minutes:`,
      link(style, 'verify-email', code),
      `Or enter this code: ${code}`,
      'If it was not you, do nothing: without the link there is no account that anybody could use in your name.',
    ),
  };
}

export function resetPassword(style: MailStyle, code: string): MailText {
  return {
    subject: `Set a new password for ${style.productName}`,
    text: paragraphs(
      `Somebody, probably you, has asked for a new password for your account with ${style.productName}. To set one, open this link within 10 minutes:`,
      link(style, 'reset-password', code),
      `Or enter this code: ${code}`,
      'If it was not you, do nothing: your password stays as it is.',
    ),
  };
}

export function confirmNewAddress(style: MailStyle, code: string): MailText {
  return {
    subject: `Confirm your new address for ${style.productName}`,
    text: paragraphs(
      `To use this address for your account with ${style.productName}, open this link within 10 minutes:`,
      link(style, 'confirm-email', code),
      `Or enter this code: ${code}`,
      'If it was not you, do nothing.',
    ),
  };
}

/** @param tenant its id, which has letters, digits and hyphens only */
export function invitation(style: MailStyle, tenant: string, code: string): MailText {
  return {
    subject: `You are invited to "${tenant}" on ${style.productName}`,
    text: paragraphs(
      `You are invited to the tenant "${tenant}" on ${style.productName}. To accept, sign in or register with this address, and open this link within 7 days:`,
      link(style, 'accept-invitation', code),
      `Or enter this code: ${code}`,
      'If you do not know of it, do nothing.',
    ),
  };
}

export function addressChanged({ productName, publicUrl }: MailStyle): MailText {
  return {
    subject: `Your address for ${productName} was changed`,
    text: paragraphs(
      `Your account with ${productName} has another address now.`,
      `If it was not you, ask for help at once at ${publicUrl}`,
    ),
  };
}

export function passwordChanged({ productName, publicUrl }: MailStyle): MailText {
  return {
    subject: `Your password for ${productName} was changed`,
    text: paragraphs(
      `The password of your account with ${productName} was changed, and your other sessions have ended.`,
      `If it was not you, set a new one at once at ${publicUrl}`,
    ),
  };
}

export function alreadyRegistered({ productName, publicUrl }: MailStyle): MailText {
  return {
    subject: `You already have an account with ${productName}`,
    text: paragraphs(
      `Somebody, probably you, wanted to register this address with ${productName}. It has an account already: sign in, or ask for a new password, at ${publicUrl}`,
      'If it was not you, there is nothing to do: nothing has changed.',
    ),
  };
}

export function newSignIn(
  { productName, publicUrl }: MailStyle,
  { device, place, atMs }: { device: string; place: string; atMs: number },
): MailText {
  return {
    subject: `New sign-in to ${productName}`,
    text: paragraphs(
      `Your account was signed in to at ${new Date(atMs).toISOString()}${device && ` with ${device}`}${place && ` from ${place}`}.`,
      `If it was not you, change your password and end your other sessions at ${publicUrl}`,
    ),
  };
}

const FACTOR_CHANGES: Readonly<Record<SecondFactorChange, string>> = {
  'authenticator-added': 'An authenticator app was added to your account',
  'authenticator-removed': 'The authenticator app of your account was removed',
  'passkey-added': 'A passkey was added to your account',
  'passkey-removed': 'A passkey of your account was removed',
  'recovery-codes-renewed': 'Your account has new recovery codes, and those before are worth nothing any more',
  'recovery-code-used': 'One of the recovery codes of your account was used',
};

export function secondFactorChanged({ productName, publicUrl }: MailStyle, change: SecondFactorChange): MailText {
  return {
    subject: `A change to how you sign in to ${productName}`,
    text: paragraphs(
      `${FACTOR_CHANGES[change]}.`,
      `If it was not you, set a new password and look at your passkeys and sessions at once at ${publicUrl}`,
    ),
  };
}

/** The code stands in the fragment, which a browser sends to no server, and so into no log. */
function link({ publicUrl }: MailStyle, action: string, code: string): string {
  return `${publicUrl}/auth/${action}#code=${code}`;
}

function paragraphs(...texts: string[]): string {
  return `${texts.join('\n\n')}\n`;
}
