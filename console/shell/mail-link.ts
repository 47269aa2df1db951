import { signal } from '@preact/signals';

const ACTIONS = ['verify-email', 'confirm-email', 'reset-password', 'accept-invitation'] as const;

interface MailLink {
  action: (typeof ACTIONS)[number];
  code: string;
}

/** What a link in a mail has led here for, with its code, until it is done; taken out of the address, which ends up in histories. */
export const ofMail = signal(read());

/** The code of a link that has led here for one of these; '' without. */
export function codeOfMail(...actions: readonly MailLink['action'][]): string {
  return ofMail.value !== null && actions.includes(ofMail.value.action) ? ofMail.value.code : '';
}

/** Whether a link has led here for joining a tenant, which only somebody who has signed in can. */
export function isInvited(): boolean {
  return ofMail.value?.action === 'accept-invitation';
}

function read(): MailLink | null {
  const action = ACTIONS.find((one) => location.search === `?${one}`);
  const code = new URLSearchParams(location.hash.slice(1)).get('code');
  if (action === undefined || code === null) return null;
  history.replaceState(null, '', location.pathname);
  return { action, code };
}
