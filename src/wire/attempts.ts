/** How attempts that cost something, or could be a guess, are held back. By address and account, never by what came of them. */

export interface SignInAttempt {
  /** the address of the account as addresses are compared, whether there is one or not */
  emailKey: string;
  /** the caller's, null where nobody knows it */
  address: string | null;
  /** whether somebody has signed in to this account from there before, where strangers' guesses hold nobody up. Asked only then: the time of the answer would tell who has an account */
  isKnownPlace(): Promise<boolean>;
}

export interface AttemptLimits {
  /**
   * Takes an attempt to sign in.
   *
   * @returns gives it back, for an attempt that was right; nobody waits for that
   * @throws ServiceError `rate_limited`
   */
  admitSignIn(attempt: SignInAttempt): Promise<() => void>;
  /** Takes a request for a mail to an address. @throws ServiceError `rate_limited` */
  admitMail(request: Pick<SignInAttempt, 'emailKey' | 'address'>): Promise<void>;
}
