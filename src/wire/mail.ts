/** Mail: what is sent, and who sends it. */

export interface Mail {
  to: string;
  subject: string;
  text: string;
  /** the same for the same mail, so that a sender that was asked twice sends it once */
  idempotencyKey: string;
}

export interface MailSender {
  /** Resolves when the provider has taken the mail; rejects when it may be tried again. */
  send(mail: Mail): Promise<void>;
}

/**
 * What a request leaves for later: the one message that it puts into the queue, whatever the address. `id` names the mail and the code in it.
 * Nothing here opens anything: the code is made when the mail is.
 */
export type MailJob = { id: string; atMs: number } & (
  | { kind: 'register'; email: string; fullName: string; passwordHash: string }
  | { kind: 'resend-verification'; email: string }
  | { kind: 'forgot-password'; email: string }
  /** to the new address */
  | { kind: 'change-email'; userId: string; email: string }
  /** to the old one */
  | { kind: 'email-changed'; email: string }
  | { kind: 'password-changed'; userId: string }
  | { kind: 'invitation'; tenant: string; email: string; role: string }
  | { kind: 'new-sign-in'; userId: string; device: string; place: string }
  | { kind: 'second-factor-changed'; userId: string; change: SecondFactorChange }
);

/** What has become of the second factors of an account. */
export type SecondFactorChange =
  | 'authenticator-added'
  | 'authenticator-removed'
  | 'passkey-added'
  | 'passkey-removed'
  | 'recovery-codes-renewed'
  | 'recovery-code-used';
